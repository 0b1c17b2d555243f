/** The configuration; the only place that reads the process's environment. */
export { describeConfig, loadConfig, type LoadConfigOptions, type LoadedConfig } from './load.ts'
export {
  configKeys,
  configSchema,
  logLevels,
  profiles,
  type Config,
  type ConfigKey,
} from './schema.ts'
