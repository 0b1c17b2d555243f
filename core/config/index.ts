/** The configuration; the only place that reads the process's environment. */
export { describeConfig, loadConfig, type LoadConfigOptions } from './load.ts'
export { configKeys, devices, runtimes, tfjsBackends, type Config } from './schema.ts'
