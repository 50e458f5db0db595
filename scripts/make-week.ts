/** Writes examples/week.ndjson. Every run writes the same file. */
import { writeFileSync } from 'node:fs';
import { tellWeek } from './week/story.ts';

writeFileSync(new URL('../examples/week.ndjson', import.meta.url), `${tellWeek().join('\n')}\n`);
