import { copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings } from '../../../core/deployment/options.ts';
import { compose } from '../../../lib/compose.ts';
import { SYNTHESES } from './syntheses.ts';

/**
 * Synthesizes the app, as `bin/app.ts` does, once for each of {@link SYNTHESES}, into the folder that the first argument names. One
 * process does all: CDK then bundles a function once that several of them have. The templates of each go into a folder of its name.
 */
const [folder = ''] = process.argv.slice(2);
for (const [name, context] of Object.entries(SYNTHESES)) {
  const app = new App({ outdir: folder, context });
  compose(app, { settings: readSettings((key) => app.node.tryGetContext(key)) });
  app.synth();
  const unfinished = join(folder, `unfinished-${name}`);
  mkdirSync(unfinished);
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.json'))) copyFileSync(join(folder, file), join(unfinished, file));
  renameSync(unfinished, join(folder, name));
}
