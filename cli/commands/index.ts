/** The table of subcommands: one file each, one line here. */
import type { Register } from '../command.ts'
import { audit } from './audit.ts'
import { config } from './config.ts'
import { doctor } from './doctor.ts'
import { experiment } from './experiment.ts'
import { features } from './features.ts'
import { halt } from './halt.ts'
import { ingest } from './ingest.ts'
import { jobs } from './jobs.ts'
import { models } from './models.ts'
import { predict } from './predict.ts'
import { retrain } from './retrain.ts'
import { schedule } from './schedule.ts'
import { serve } from './serve.ts'
import { train } from './train.ts'
import { up } from './up.ts'
import { worker } from './worker.ts'

export const commands: readonly Register[] = [
  up,
  ingest,
  features,
  train,
  retrain,
  models,
  predict,
  schedule,
  jobs,
  experiment,
  halt,
  audit,
  serve,
  worker,
  config,
  doctor,
]
