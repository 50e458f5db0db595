/** Writes examples/week.ndjson. The same file comes out of every run. */
import { writeFileSync } from 'node:fs';
import { tellWeek } from './week/story.ts';

writeFileSync(new URL('../examples/week.ndjson', import.meta.url), `${tellWeek().join('\n')}\n`);
