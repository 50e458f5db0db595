// Who may import whom. The layout is explained in CONTRIBUTING.md.
const folders = ['bin', 'lib', 'lambdas', 'controls', 'core', 'adapters', 'reporting', 'cli'];
const allowed = {
  bin: ['lib', 'cli', 'core'],
  lib: ['adapters', 'controls', 'core'],
  lambdas: ['adapters', 'controls', 'core', 'reporting'],
  cli: ['adapters', 'controls', 'core', 'reporting'],
  adapters: ['core'],
  reporting: ['core'],
  controls: ['core'],
  core: [],
};

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    ...Object.entries(allowed).map(([from, to]) => ({
      name: `${from}-imports-only-${to.join('-') || 'itself'}`,
      severity: 'error',
      from: { path: `^${from}/` },
      to: { path: `^(${folders.filter((folder) => folder !== from && !to.includes(folder)).join('|')})/` },
    })),
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'node:net gives isIP, and ip-address parses addresses: pure functions',
      from: { path: '^core/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: '^net$|^node_modules/ip-address/' },
    },
    {
      name: 'aws-sdk-only-in-adapters',
      severity: 'error',
      from: { pathNot: '^(adapters/aws|lambdas)/' },
      to: { path: 'node_modules/@aws-sdk/' },
    },
    {
      name: 'lib-takes-declarations-of-adapters',
      severity: 'error',
      comment:
        'what readers may call, which events refresh them and how actions are named stands there; a second list for policies and rules would go astray',
      from: { path: '^lib/' },
      to: {
        path: '^adapters/',
        pathNot:
          '^adapters/aws/(readers/index|access|actions|iam-policies|organization-units|remediation-keys|resource-changes|resource-tags)[.]ts$',
      },
    },
    {
      name: 'lambdas-stay-small',
      severity: 'error',
      from: { path: '^(lambdas|adapters/aws)/' },
      to: { path: '^(adapters/memory|lib|cli)/|node_modules/(aws-cdk-lib|constructs)/' },
    },
    { name: 'nothing-from-tests', severity: 'error', from: { pathNot: '^(test|bench)/' }, to: { path: '^(test|bench)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
