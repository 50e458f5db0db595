import { describe, expect, it } from 'vitest';
import { PATTERNS } from '../../scripts/english/patterns.ts';
import { sentencesOfMarkdown, sentencesOfSchema, sentencesOfTypeScript, sentencesOfYaml } from '../../scripts/english/sentences.ts';

const hits = (text: string): string[] => PATTERNS.filter(({ regex }) => regex.test(text)).map(({ name }) => name);

describe('the lint for plain English', () => {
  it.each([
    'What fails can be fixed by a runbook.',
    'Whoever read less must not write last.',
    'An operator whom nobody knows.',
    '`undefined` where the runbook does not exist.',
    'An item of AWS Config tells of one resource.',
    'The account shall be scored too.',
    'The control is judged by its rule.',
    'Default exports in controls alone.',
    'A fresh reading must pass.',
    'The region in which everything stands.',
    'Failing controls are put right.',
    'The inverse takes back the change.',
    'The topic is told of it.',
    'Then it is decided what to do.',
    'The report is none.',
    'The cost beside executions.',
    'The rules of which the first decides.',
    'The scan goes on with the next Region.',
    'It is no read.',
    'The message is parked.',
    'Mend the cause, then redrive.',
    'It does not compile without.',
    'The finding is spared by it.',
    'It sends nothing but reads.',
    'The alarm rings after five minutes.',
    'Exceptions, approved Regions and the like.',
  ])('finds: %s', (sentence) => {
    expect(hits(sentence)).not.toEqual([]);
  });

  it('has an example for each pattern, and accepts the better words', () => {
    expect(PATTERNS).toHaveLength(25);
    for (const sentence of [
      'csmm remediates failing controls with runbooks.',
      'Returns `undefined` if the runbook does not exist.',
      'What is the score of an account?',
      'The alarm fires after five minutes.',
      'The scan continues with the next Region, and stands for nothing else.',
    ]) {
      expect(hits(sentence)).toEqual([]);
    }
  });
});

describe('the sentences of a file', () => {
  const texts = (found: readonly { readonly text: string }[]): string[] => found.map(({ text }) => text);

  it('are those of Markdown, without code', () => {
    const page =
      '# A long heading\n\nOne `code` sentence\nover lines. Another one here.\n\n```sh\nnot a sentence here\n```\n\n| a cell of words | x |\n';
    expect(sentencesOfMarkdown(page)).toEqual([
      { line: 1, text: 'A long heading', isHeading: true },
      { line: 3, text: 'One code sentence over lines.', isHeading: false },
      { line: 3, text: 'Another one here.', isHeading: false },
      { line: 10, text: 'a cell of words', isHeading: false },
    ]);
  });

  it('are comments and strings of code that ships, and only comments of tests', () => {
    const source =
      "import x from 'a b c';\n/** Returns the first value. */\nconst a = `the value $" + '{x} is wrong`; // a trailing comment here\n';
    expect(texts(sentencesOfTypeScript(source, 'core/a.ts')).sort()).toEqual(
      ['Returns the first value.', 'a trailing comment here', 'the value X is wrong'].sort(),
    );
    expect(texts(sentencesOfTypeScript(source, 'test/a.ts')).sort()).toEqual(
      ['Returns the first value.', 'a trailing comment here'].sort(),
    );
  });

  it('are descriptions and errors of runbooks, and descriptions of schemas', () => {
    const runbook = "description: Turns on the setting.\n# A comment of words\n      raise ValueError('the setting is still off')\n";
    expect(texts(sentencesOfYaml(runbook))).toEqual(['Turns on the setting.', 'A comment of words', 'the setting is still off']);
    expect(texts(sentencesOfSchema('"description": "The score of an account."'))).toEqual(['The score of an account.']);
  });
});
