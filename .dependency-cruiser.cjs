/** Layers import downwards only, and meet at index.ts; each rule's comment says the remedy. */
const layers = [
  'core',
  'market',
  'features',
  'models',
  'execution',
  'registry',
  'pipelines',
  'serving',
  'cli',
]
const later = (k) => layers.slice(k + 1).join('|')

module.exports = {
  forbidden: [
    ...layers.slice(0, -1).map((layer, k) => ({
      name: `${layer}-imports-up`,
      severity: 'error',
      comment: `${layer}/ may import only from the layers before it. Move the code down, or pass what it needs as an argument.`,
      from: { path: `^${layer}/` },
      to: { path: `^(${later(k)})/` },
    })),
    {
      name: 'pipelines-and-serving-apart',
      severity: 'error',
      comment:
        'pipelines/ and serving/ never import each other; they meet in registry/. Put the shared piece there.',
      from: { path: '^serving/' },
      to: { path: '^pipelines/' },
    },
    {
      name: 'layers-meet-at-index',
      severity: 'error',
      comment:
        "Import another layer through its index.ts; export there what others need. core/ has an index a folder, and market's and features' contract files may be imported as types.",
      from: { path: `^(${layers.join('|')})/` },
      to: {
        path: '^(market|models|execution|registry|pipelines|serving)/.+',
        pathNot: ['^[a-z]+/index\\.ts$', '^$1/'],
      },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment:
        'A cycle hides which file comes first. Move the shared types into a file of their own.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-dev-dependency',
      severity: 'error',
      comment: 'What ships may import only runtime dependencies. Move the package to dependencies.',
      from: { path: `^(${layers.join('|')}|index\\.ts)` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      comment: 'The import points nowhere. Correct the path or install the package.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^/assets/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^serving/dashboard/', '/kernels/.*\\.as\\.ts$'] },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
