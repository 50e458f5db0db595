import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../controls/index.ts';
import type { ListedException, ScorecardWithControls } from '../../core/pipeline/result.ts';
import { exceptionLines } from '../../reporting/exceptions.ts';
import { paint } from '../../reporting/lines.ts';

const EXCEPTION: ListedException = {
  accountId: '111111111111',
  region: null,
  resource: null,
  owner: 'web-team@example.com',
  reason: 'until it moves',
  ticket: 'WEB-12',
  expires: '2027-02-01T00:00:00.000Z',
  findings: [],
};

function textOf(exceptions: Readonly<Record<string, readonly Partial<ListedException>[]>>, columns = 100, limit = 20): string {
  const controls = Object.fromEntries(
    Object.entries(exceptions).map(([id, some]) => [id, { exceptions: some.map((one) => ({ ...EXCEPTION, ...one })) }]),
  );
  const card = { controls } as unknown as ScorecardWithControls;
  return paint(exceptionLines(CONTROLS, card, { columns, exceptions: limit }), { columns, colour: false });
}

describe('exceptionLines', () => {
  it('says nothing where there are none', () => expect(textOf({ 'STR-L1-02': [] })).toBe(''));

  it('says what each takes out, until when, and who answers for it', () => {
    const finding = {
      accountId: '111111111111',
      region: 'eu-west-1',
      resourceType: 'AWS::S3::Bucket',
      resourceId: 'shop',
      reason: 'r',
      capturedAt: '',
      compliance: 'NON_COMPLIANT' as const,
    };
    const text = textOf({
      'STR-L1-02': [{ region: 'eu-west-1', resource: { type: 'AWS::S3::Bucket', id: 'shop' }, findings: [finding] }],
      'STR-L2-01': [{}],
    });
    expect(text).toBe(
      [
        ' 2 exceptions, out of the score',
        '   STR-L1-02  shop  111111111111 eu-west-1',
        '     until 2027-02-01 00:00 UTC · 1 open · web-team@example.com · WEB-12 · until it moves',
        '   STR-L2-01  the whole control  111111111111',
        '     until 2027-02-01 00:00 UTC · nothing open · web-team@example.com · WEB-12 · until it moves',
        '',
        '',
      ].join('\n'),
    );
  });

  it('puts first what ends first, and counts the rest', () => {
    const text = textOf({ 'STR-L1-02': [{ ticket: 'LATE' }, { ticket: 'SOON', expires: '2026-12-01T00:00:00.000Z' }] }, 100, 1);
    expect(text).toContain('SOON');
    expect(text).not.toContain('LATE');
    expect(text).toContain('and 1 more');
  });

  it('lets nothing in an exception write to the terminal, nor past its width', () => {
    const text = textOf(
      { 'STR-L1-02': [{ owner: '\u001b[2Jowner', reason: `a\u0007${' word'.repeat(60)}`, resource: { type: 'T', id: 'x'.repeat(200) } }] },
      60,
    );
    for (const character of ['\u001b', '\u0007']) expect(text).not.toContain(character);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });
});
