/** Manifests for tests: valid, of nothing in particular. */
import type { EnsembleManifest, ModelManifest } from '../../models/artifacts/manifest.ts'

const common = {
  format: 1,
  label: 'return:1',
  timeframe: '1d',
  symbols: ['S0'],
  data: { fingerprint: '0'.repeat(64), from: 0, to: 1, samples: 1 },
  labelEnd: 2,
  seed: 1,
  metrics: {},
  codeVersion: '0.0.0',
  files: {},
} as const satisfies Partial<ModelManifest>

export function modelManifest(own: Partial<ModelManifest> = {}): ModelManifest {
  return {
    ...common,
    symbols: [...common.symbols],
    type: 'model',
    kind: 'ridge',
    params: {},
    featureSet: { name: 'base', version: 1, fingerprint: '0'.repeat(64) },
    input: { window: 1, features: ['f0'] },
    outputs: ['prediction'],
    labelDeviation: 1,
    hitRate: 0.5,
    ...own,
  }
}

export function ensembleManifest(members: EnsembleManifest['members']): EnsembleManifest {
  return {
    ...common,
    symbols: [...common.symbols],
    type: 'ensemble',
    members,
    quorum: 1,
    deadband: 0,
    confirmations: { volume: false, trend: false, rewardRisk: null },
  }
}
