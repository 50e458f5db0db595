import { OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/**
 * Options with which esbuild bundles a Lambda function. The bundle carries its own AWS SDK clients, so that the versions of
 * the lock file run, and not those of the runtime (ADR 0016).
 */
export const BUNDLING = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  externalModules: [] as string[],
  // CommonJS packages in an ES module ask for Node's own modules by `require`.
  banner: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
};
