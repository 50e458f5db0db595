import { describe, expect, it } from 'vitest';
import { accountOf, TRAIL_STATUS } from '../../../core/facts/cloudtrail-trail-status.ts';
import { Unread } from '../../../core/facts/view.ts';
import { factsOf } from '../../support/facts.ts';

const ARN = 'arn:aws:cloudtrail:eu-west-1:222222222222:trail/all';
const management = (...fields: object[]) => ({
  AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }, ...fields] }],
});
const WITHOUT_KMS = { Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] };
/** Two selectors: one leaves sources out, and one selects some. */
const halves = (without: string[], only: string[]) => ({
  AdvancedEventSelectors: [{ NotEquals: without }, { Equals: only }].flatMap(
    (field) => management({ Field: 'eventSource', ...field }).AdvancedEventSelectors,
  ),
});
const events = (selectors: unknown) => factsOf(TRAIL_STATUS, { selectors }).facts.managementEvents;

describe('the management events of a trail', () => {
  it.each([
    ['the default selector', { EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }] }, 'all', 'all'],
    ['a selector with nothing but defaults', { EventSelectors: [{}] }, 'all', 'all'],
    ['only reads', { EventSelectors: [{ ReadWriteType: 'ReadOnly' }] }, 'all', 'none'],
    ['reads and writes apart', { EventSelectors: [{ ReadWriteType: 'ReadOnly' }, { ReadWriteType: 'WriteOnly' }] }, 'all', 'all'],
    ['an unknown type next to one with everything', { EventSelectors: [{ ReadWriteType: 'Whatever' }, {}] }, 'all', 'all'],
    ['all but KMS, and KMS', halves(['kms.amazonaws.com'], ['kms.amazonaws.com']), 'all', 'all'],
    ['all but KMS, and less than that', halves(['kms.amazonaws.com', 'rdsdata.amazonaws.com'], ['kms.amazonaws.com']), 'some', 'some'],
    [
      'two that leave the same out',
      { AdvancedEventSelectors: [...management(WITHOUT_KMS).AdvancedEventSelectors, ...management(WITHOUT_KMS).AdvancedEventSelectors] },
      'some',
      'some',
    ],
    ['advanced: no reads', management({ Field: 'readOnly', NotEquals: ['true'] }), 'none', 'all'],
    ['advanced: some names', management({ Field: 'eventName', StartsWith: ['Create'] }), 'some', 'some'],
    ['advanced: an unknown operator', management({ Field: 'eventName', Matches: ['x'] }), 'some', 'some'],
    ['only data events', { EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: false }] }, 'none', 'none'],
    ['all but KMS', { EventSelectors: [{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }] }, 'some', 'some'],
    [
      'all reads and some writes',
      { EventSelectors: [{ ReadWriteType: 'ReadOnly' }, { ReadWriteType: 'All', ExcludeManagementEventSources: ['kms.amazonaws.com'] }] },
      'all',
      'some',
    ],
    ['advanced: all', management(), 'all', 'all'],
    ['advanced: reads', management({ Field: 'readOnly', Equals: ['true'] }), 'all', 'none'],
    ['advanced: writes', management({ Field: 'readOnly', Equals: ['false'] }), 'none', 'all'],
    ['advanced: both named', management({ Field: 'readOnly', Equals: ['true', 'false'] }), 'all', 'all'],
    [
      'advanced: fields that no event matches',
      management({ Field: 'readOnly', Equals: ['true'] }, { Field: 'readOnly', Equals: ['false'] }),
      'none',
      'none',
    ],
    ['advanced: all but KMS', management({ Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }), 'some', 'some'],
    [
      'advanced: data events',
      { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }] },
      'none',
      'none',
    ],
    ['advanced: no category', { AdvancedEventSelectors: [{ FieldSelectors: [] }] }, 'none', 'none'],
  ])('%s', (_, selectors, read, write) => {
    expect(events(selectors)).toEqual({ read, write });
  });

  it.each([
    ['there are no selectors', { EventSelectors: [], AdvancedEventSelectors: [] }],
    ['they were denied', new Unread('denied')],
    ['they are not a list', { EventSelectors: 'all' }],
    ['a selector is not an object', { EventSelectors: ['all'] }],
    ['a field is not an object', { AdvancedEventSelectors: [{ FieldSelectors: [7] }] }],
    ['a type is not a text', { EventSelectors: [{ ReadWriteType: 7 }] }],
    ['a type is unknown', { EventSelectors: [{ ReadWriteType: 'Whatever' }] }],
    ['the category has an unknown operator', { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Like: ['M'] }] }] }],
    ['reads have an unknown operator', management({ Field: 'readOnly', Like: ['true'] })],
  ])('are missing when %s', (_, selectors) => {
    expect(events(selectors)).toBeUndefined();
  });
});

describe('a trail', () => {
  it('without a key, a log group and a delivery has the facts none and never', () => {
    const { facts } = factsOf(TRAIL_STATUS, { trail: { TrailARN: ARN }, status: { IsLogging: false } });
    expect(facts).toEqual({
      ownerAccountId: '222222222222',
      logging: false,
      kmsKeyId: 'none',
      logGroupArn: 'none',
      logGroupAccountId: 'none',
      latestDeliveryAt: 'never',
      latestLogGroupDeliveryAt: 'never',
    });
  });

  it.each([
    ['nothing', {}],
    ['nothing that could be read', { trail: new Unread('denied'), status: new Unread('denied'), selectors: new Unread('denied') }],
    [
      'values of other types',
      { trail: { TrailARN: 7, KmsKeyId: {}, CloudWatchLogsLogGroupArn: [] }, status: { IsLogging: 'x', LatestDeliveryTime: 3 } },
    ],
    [
      'times and ARNs that are none',
      { trail: { TrailARN: 'arn:x' }, status: { LatestDeliveryTime: 'soon', LatestCloudWatchLogsDeliveryTime: 'x' } },
    ],
  ])('with %s lacks these facts', (_, configuration) => {
    const { facts } = factsOf(TRAIL_STATUS, configuration);
    for (const fact of ['ownerAccountId', 'logging', 'latestDeliveryAt', 'managementEvents']) expect(facts).not.toHaveProperty(fact);
  });
});

it('the account is the fifth part of an ARN, with twelve digits', () => {
  expect(accountOf(ARN)).toBe('222222222222');
  for (const arn of [undefined, '', 'none', 'arn:aws:s3:::bucket', 'arn:aws:iam:::x', 'alias/key']) expect(accountOf(arn)).toBeUndefined();
});
