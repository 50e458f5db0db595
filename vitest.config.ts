import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/dynamodb-local.ts', 'test/support/moto.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
