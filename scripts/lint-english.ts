/**
 * Finds sentences that readers stumble over, in docs, docstrings, comments, messages and descriptions. `tsx
 * scripts/lint-english.ts [path …]` prints each with its place, and exits with 1 if there are any.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { PATTERNS, SOUND_SENTENCES } from './english/patterns.ts';
import { type Sentence, sentencesOfMarkdown, sentencesOfSchema, sentencesOfTypeScript, sentencesOfYaml } from './english/sentences.ts';

const READERS: Readonly<Record<string, (source: string, path: string) => Sentence[]>> = {
  '.md': sentencesOfMarkdown,
  '.ts': sentencesOfTypeScript,
  '.yaml': sentencesOfYaml,
  '.yml': sentencesOfYaml,
  '.json': sentencesOfSchema,
};
/** Licence texts and this lint's own patterns stay as they are. Other JSON files contain data. */
const LEFT_OUT =
  /^(LICENSE|scripts\/english\/|package(-lock)?\.json|tsconfig\.json|cdk\.json|biome\.json|conformance\/vectors\.json|examples\/|\.github\/)/;

const paths = process.argv.slice(2);
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...paths], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && !LEFT_OUT.test(path));

let sentences = 0;
let hits = 0;
for (const path of files) {
  const read = READERS[extname(path)];
  if (!read) continue;
  for (const { line, text, isHeading } of read(readFileSync(path, 'utf8'), path)) {
    sentences++;
    if (SOUND_SENTENCES.some((sound) => text.includes(sound))) continue;
    const pattern = PATTERNS.find(({ regex, notInHeadings }) => !(isHeading && notInHeadings) && regex.test(text));
    if (!pattern) continue;
    hits++;
    process.stdout.write(`${path}:${line}  ${pattern.name}: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}\n`);
  }
}
const rate = sentences === 0 ? 0 : (100 * hits) / sentences;
process.stdout.write(
  `${hits} of ${sentences} sentences (${rate.toFixed(1)} %) need plainer English${hits > 0 ? '; scripts/english/patterns.ts says which words to use' : ''}\n`,
);
process.exitCode = hits > 0 ? 1 : 0;
