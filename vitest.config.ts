import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Tests that need an emulator, or Python as it comes with one. */
const EMULATED = [
  'test/{moto,contracts,runbooks}/**/*.test.ts',
  'test/adapters/resource-tags.test.ts',
  'test/cli/{doctor,record-policy,remediate,remediation,scan,settings}.test.ts',
  'test/package/package.test.ts',
  'test/properties/convergence.test.ts',
  'test/support/automation.test.ts',
];
/** Tests of the synthesized stacks, on emulators of their own. */
const DEPLOYED = ['test/e2e/**/*.test.ts'];
/** The test of what the deployed functions may do and never do: it runs when all others have. */
const PERMISSIONS = ['test/e2e/permissions.test.ts'];
/** Tests that start programs, and those that take seconds: `npm run test:fast` leaves them out. */
const PROCESSES = [
  'test/{package,lambdas,scripts}/**/*.test.ts',
  'test/bench/scale/targets/**/*.test.ts',
  'test/properties/**/*.test.ts',
  'test/cli/{hidden-text,long-document,settings-file,settings-file-loading}.test.ts',
];
const PURE = ['test/{core,controls,reporting}/**/*.test.ts'];
/** Tests of adapters on mocked clients. They replace methods of the SDK, which no test of a real client may find replaced. */
const ADAPTERS = ['test/adapters/**/!(clients|not-offered|examine).test.ts'];

const EMULATORS = ['test/support/dynamodb-local.ts', 'test/support/moto.ts'];
/** A test of these projects starts no process: `npm run test:fast` runs them, on any machine. */
const FAST = { isolate: false, setupFiles: ['test/support/no-processes.ts'] };

/** The files of a project are those of `include` that no project before it has. */
const project = (
  name: string,
  include: readonly string[],
  others: readonly (readonly string[])[],
  options: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration => ({
  extends: true,
  test: { name, include: [...include], exclude: [...configDefaults.exclude, ...others.flat()], ...options },
});

export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Half of the tests wait for an emulator: two workers keep two cores busy.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // These end a test that hangs. No test may fail because a machine is slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    provide: { permissionsFolder: join(tmpdir(), `csmm-permissions-${process.pid}`) },
    projects: [
      // One process can run many files, because most of them leave nothing that others could meet.
      project('permissions', PERMISSIONS, [], { sequence: { groupOrder: 1 } }),
      project('deployed', DEPLOYED, [PERMISSIONS], { globalSetup: [...EMULATORS, 'test/support/synthesis.ts'] }),
      project('emulated', EMULATED, [], { globalSetup: EMULATORS, isolate: false }),
      project('processes', PROCESSES, [EMULATED]),
      project('pure', PURE, [], FAST),
      project('adapters', ADAPTERS, [EMULATED], FAST),
      project('units', ['test/**/*.test.ts'], [DEPLOYED, EMULATED, PROCESSES, PURE, ADAPTERS], FAST),
    ],
  },
});
