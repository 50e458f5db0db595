/**
 * Creates the files of a control to fill in. `npm run new:control -- --help` shows the options.
 *
 * The control of a known ID gets rules and a test; a new ID also gets a control file. A new resource type gets facts and their test.
 * The generated tests fail until you replace each TODO.
 */
import { createControl, ScaffoldError } from './controls/scaffold.ts';

try {
  process.stdout.write(createControl(process.argv.slice(2)));
} catch (error) {
  const isExpected = error instanceof ScaffoldError || (error instanceof TypeError && 'code' in error);
  if (!isExpected) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
