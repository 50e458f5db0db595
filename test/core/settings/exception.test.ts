import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Exception, exceptionOn, isLive } from '../../../core/settings/exception.ts';

const EXCEPTION: Exception = {
  controlId: 'STR-L2-01',
  owner: 'web-team@example.com',
  reason: 'a reason',
  ticket: 'WEB-12',
  expires: '2027-01-31T12:00:00.000Z',
};
const BUCKET = { region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'a' };
const NOW = '2026-11-22T00:00:00.000Z';

describe('an exception', () => {
  it.each([
    ['is live until it expires', '2027-01-31T11:59:59.999Z', true],
    ['is not live at its expiry time', '2027-01-31T12:00:00.000Z', false],
    ['is not live at its expiry time in another time zone', '2027-01-31T14:00:00+02:00', false],
    ['is not live later', '2027-01-31T12:01:00Z', false],
    ['is not live at an invalid time', 'now', false],
  ])('%s', (_, at, live) => {
    expect(isLive(EXCEPTION, at)).toBe(live);
  });

  it('is not live if its expiry time is invalid', () => {
    expect(isLive({ expires: 'never' }, NOW)).toBe(false);
  });

  it('is never live again after it expired', () => {
    const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [earlier = one, later = other] = [one, other].sort((a, b) => a.getTime() - b.getTime());
        if (!isLive(EXCEPTION, earlier.toISOString())) expect(isLive(EXCEPTION, later.toISOString())).toBe(false);
      }),
    );
  });
});

const found = (exception: Partial<Exception>, resource?: Partial<typeof BUCKET>, controlId = 'STR-L2-01') =>
  exceptionOn([{ ...EXCEPTION, ...exception }], controlId, resource && { ...BUCKET, ...resource }, NOW) !== undefined;
const named = { resource: { type: 'AWS::S3::Bucket', id: 'a' } };

describe('the exception on a resource', () => {
  it.each<[string, boolean]>([
    ['is that on the whole control', found({}, {})],
    ['is that on its Region', found({ region: 'eu-west-1' }, {})],
    ['is that on itself', found(named, {})],
    ['is that on itself in its Region', found({ ...named, region: 'eu-west-1' }, {})],
  ])('%s', (_, is) => expect(is).toBe(true));

  it.each<[string, boolean]>([
    ['on another control', found({}, {}, 'STR-L2-02')],
    ['on another Region', found({ region: 'us-east-1' }, {})],
    ['on another resource', found(named, { resourceId: 'b' })],
    ['on another type', found(named, { resourceType: 'AWS::S3::AccessPoint' })],
    ['on itself in another Region', found({ ...named, region: 'us-east-1' }, {})],
    ['that expired', found({ expires: NOW }, {})],
  ])('is not one %s', (_, is) => expect(is).toBe(false));

  it('is the first live one', () => {
    const [expired, first, second] = [{ expires: NOW }, { ticket: 'WEB-13' }, { ticket: 'WEB-14' }].map((changed) => ({
      ...EXCEPTION,
      ...changed,
    }));
    expect(exceptionOn([expired!, first!, second!], 'STR-L2-01', BUCKET, NOW)).toBe(first);
  });
});

describe('the exception on a control as a whole', () => {
  it('names neither Region nor resource', () => {
    expect(found({})).toBe(true);
    expect(found({ region: 'eu-west-1' })).toBe(false);
    expect(found(named)).toBe(false);
  });

  it('is not an expired one, and not one on another control', () => {
    expect(found({ expires: NOW })).toBe(false);
    expect(found({}, undefined, 'STR-L2-02')).toBe(false);
  });
});
