import { defineConfig } from 'vitest/config'

/**
 * Two rungs: `unit` and `integration` need nothing but npm; `services` runs the same integration tests and more against real components. Files of
 * `unit` share what they import, which takes a third of their time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,conformance}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          env: { QUORUM_TEST_DATABASE: 'pglite' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/{integration,services}/**/*.test.ts'],
          env: { QUORUM_TEST_DATABASE: 'postgres' },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
    ],
  },
})
