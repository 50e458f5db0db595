import { CONTROLS } from '../../controls/index.ts';
import { isEvaluated } from '../../core/control.ts';
import { LEVELS, type Level } from '../../core/model.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';

const evaluated = CONTROLS.filter(isEvaluated);
const rest = CONTROLS.length - evaluated.length;
const highest = scoreAccount(CONTROLS, new Map(evaluated.map(({ id }) => [id, 'PASSED'] as const))).overall;

/** Sentences with counts of the catalogue, by page: the expression that finds one, and its current text. */
const COUNTS: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  'README.md': [
    [/evaluates \d+ of \d+ controls: [^.]+\./, `evaluates ${evaluated.length} of ${CONTROLS.length} controls: ${levels()}.`],
    [/The other \d+ count as not passed/, `The other ${rest} count as not passed`],
    [/highest possible score today is \d+(\.\d+)?/, `highest possible score today is ${highest}`],
  ],
  'docs/comparison.md': [[/\d+ evaluated, \d+ in the model/, `${evaluated.length} evaluated, ${CONTROLS.length} in the model`]],
  'docs/faq.md': [
    [/highest possible score is \d+(\.\d+)?/, `highest possible score is ${highest}`],
    [/does not evaluate \d+ of the \d+ controls/, `does not evaluate ${rest} of the ${CONTROLS.length} controls`],
  ],
};

/** Pages with counts of the catalogue. */
export const COUNTED_PAGES = Object.keys(COUNTS);

/** Returns a page with its counts updated. @throws RangeError if a sentence with a count is missing */
export function withCounts(path: string, page: string): string {
  return (COUNTS[path] ?? []).reduce((text, [sentence, current]) => {
    if (!sentence.test(text)) throw new RangeError(`${path} has no sentence that matches ${sentence}. Fix: change scripts/docs/counts.ts`);
    return text.replace(sentence, current);
  }, page);
}

/** Returns the evaluated levels in words: `all of levels 1 and 2, and 1 of level 3`. */
function levels(): string {
  const counts = LEVELS.map((level) => ({ level, all: at(CONTROLS, level), done: at(evaluated, level) }));
  const complete = counts.filter(({ all, done }) => done === all).map(({ level }) => level);
  const partly = counts.filter(({ all, done }) => done > 0 && done < all).map(({ level, done }) => `, and ${done} of level ${level}`);
  return `all of levels ${complete.join(', ').replace(/, (\d)$/, ' and $1')}${partly.join('')}`;
}

function at(controls: readonly { readonly level: Level }[], level: Level): number {
  return controls.filter((control) => control.level === level).length;
}
