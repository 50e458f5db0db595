import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReport } from '../../adapters/aws/credential-report.ts';

const read = (csv: string) => [...readReport(csv)];
const ROW = { user: 'alice', arn: 'arn:aws:iam::111111111111:user/alice', mfa_active: 'true' };
const HEAD = 'user,arn,mfa_active';

describe('a credential report', () => {
  it.each([
    ['has lines with either end, and an empty one', `${HEAD}\r\nalice,${ROW.arn},true\n\n`, [ROW]],
    ['has fields in quotation marks', `${HEAD}\n"alice","${ROW.arn}",true`, [ROW]],
    [
      'has commas in a name and a path, quoted',
      `${HEAD}\n"a,b","arn:aws:iam::111111111111:user/x,y/a,b",true`,
      [{ ...ROW, user: 'a,b', arn: 'arn:aws:iam::111111111111:user/x,y/a,b' }],
    ],
    [
      'has commas in a name and a path, not quoted',
      `${HEAD}\na,b,arn:aws:iam::111111111111:user/x,y/a,b,true`,
      [{ ...ROW, user: 'a,b', arn: 'arn:aws:iam::111111111111:user/x,y/a,b' }],
    ],
    [
      'has a quotation mark in a path',
      `${HEAD}\nalice,arn:aws:iam::111111111111:user/x,"y/alice,true`,
      [{ ...ROW, arn: 'arn:aws:iam::111111111111:user/x,"y/alice' }],
    ],
    ['has a line with too few fields', `${HEAD}\nalice,true\nalice,${ROW.arn},true`, [undefined, ROW]],
    ['has a line with too many fields', `${HEAD}\nalice,true,true,true`, [undefined]],
    ['has a line without a name', `${HEAD}\n,${ROW.arn},true,x`, [undefined]],
    ['begins with other columns', 'arn,user\na,b', [undefined, undefined]],
    ['is empty', '', [undefined]],
  ])('that %s is read', (_, csv, rows) => {
    expect(read(csv)).toEqual(rows);
  });

  it('gives every name and path that IAM allows, quoted or not', () => {
    const name = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);
    const segment = fc.stringMatching(/^[\w+=,.@-]{0,30}$/);
    fc.assert(
      fc.property(name, segment, fc.boolean(), (user, path, quoted) => {
        const arn = `arn:aws:iam::111111111111:user/${path}/${user}`;
        const field = (text: string) => (quoted ? `"${text}"` : text);
        expect(read(`${HEAD}\n${field(user)},${field(arn)},FALSE`)).toEqual([{ user, arn, mfa_active: 'FALSE' }]);
      }),
    );
  });

  it('throws on no text', () => {
    fc.assert(fc.property(fc.string(), (text) => void read(`${HEAD}\n${text}`)));
  });
});
