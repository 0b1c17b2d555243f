/** The one table of routes. */
import type { Route } from '../route.ts'
import { experimentRoutes } from './experiments.ts'
import { inferenceRoutes } from './inference.ts'
import { jobRoutes } from './jobs.ts'
import { modelRoutes } from './models.ts'
import { predictRoutes } from './predict.ts'
import { recordRoutes } from './records.ts'
import { scheduleRoutes } from './schedules.ts'

export const routes: readonly Route[] = [
  ...predictRoutes,
  ...modelRoutes,
  ...jobRoutes,
  ...scheduleRoutes,
  ...experimentRoutes,
  ...recordRoutes,
  ...inferenceRoutes,
]
