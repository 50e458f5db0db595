import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Tests of pure code, which leave nothing behind: one process runs many of their files. */
const PURE = 'test/{core,controls,reporting}/**/*.test.ts';

export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Half of the tests wait for an emulator: two workers keep two cores busy.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'pure', include: [PURE], isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, PURE],
          globalSetup: ['test/support/dynamodb-local.ts', 'test/support/moto.ts'],
        },
      },
    ],
  },
});
