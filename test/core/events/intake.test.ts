import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { evaluateResource } from '../../../core/evaluation/evaluate.ts';
import { type Intake, readDocument, readTime } from '../../../core/events/intake.ts';
import { parseFacts, parserOf } from '../../../core/facts/index.ts';
import { runs } from '../../support/runs.ts';

const ACCOUNT = '111111111111';
const OTHER = '222222222222';

type Json = Record<string, unknown>;

/** An item as events carry it. */
const ITEM = {
  awsAccountId: ACCOUNT,
  awsRegion: 'eu-west-1',
  ARN: 'arn:aws:ec2:eu-west-1:111111111111:volume/vol-1',
  resourceType: 'AWS::EC2::Volume',
  resourceId: 'vol-1',
  configurationItemVersion: '1.3',
  configurationItemCaptureTime: '2026-01-02T03:04:05.678Z',
  configurationItemStatus: 'OK',
  configurationStateId: 1767323045678,
  configuration: { encrypted: true, attachments: [{ state: 'attached' }] },
  supplementaryConfiguration: {},
  tags: { team: 'shop' },
  relationships: [{ resourceId: 'i-1', resourceType: 'AWS::EC2::Instance', name: 'Is attached to Instance' }],
};

const READ = {
  kind: 'item',
  item: {
    resource: { accountId: ACCOUNT, region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' },
    capturedAt: '2026-01-02T03:04:05.678Z',
    state: 'recorded',
    configuration: ITEM.configuration,
    supplementaryConfiguration: {},
    tags: ITEM.tags,
    relationships: ITEM.relationships,
  },
};

const notification = (item: unknown) => ({
  configurationItemDiff: null,
  configurationItem: item,
  notificationCreationTime: '2026-01-02T03:04:06.000Z',
  messageType: 'ConfigurationItemChangeNotification',
  recordVersion: '1.3',
});
const eventBridge = (detail: unknown, account: unknown = ACCOUNT) => ({
  version: '0',
  'detail-type': 'Config Configuration Item Change',
  source: 'aws.config',
  account,
  region: 'eu-west-1',
  detail,
});
const sns = (message: unknown) => ({ Type: 'Notification', MessageId: '1', TopicArn: 'arn:…', Message: message });
const invocation = (message: unknown, accountId?: unknown) => ({
  version: '1.0',
  invokingEvent: message,
  configRuleName: 'example',
  ...(accountId !== undefined && { accountId }),
});

/** Every way in which AWS delivers one item. */
const ENVELOPES: Readonly<Record<string, (item: unknown) => unknown>> = {
  'an EventBridge event': (item) => eventBridge(notification(item)),
  'a notification': notification,
  'the item alone': (item) => item,
  'an SNS message as text': (item) => sns(JSON.stringify(notification(item))),
  'an SNS message as object': (item) => sns(notification(item)),
  'an SNS message with an EventBridge event': (item) => sns(JSON.stringify(eventBridge(notification(item)))),
  'the invocation of a rule': (item) => invocation(JSON.stringify(notification(item)), ACCOUNT),
  'the invocation of a rule, parsed and without account': (item) => invocation(notification(item)),
  'a history file': (item) => ({ fileVersion: '1.0', configurationItems: [item] }),
  'the answer of GetResourceConfigHistory': (item) => ({ configurationItems: [item], nextToken: null }),
  'a list': (item) => [item],
  'a list of EventBridge events': (item) => [eventBridge(notification(item))],
};

const withoutKeys = (object: Json, ...keys: string[]): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

/** The item as API answers spell it. */
const apiSpelling = ({ awsAccountId, ARN, configurationItemVersion, configurationStateId, relationships, ...rest }: Json): Json => ({
  ...rest,
  accountId: awsAccountId,
  arn: ARN,
  version: configurationItemVersion,
  configurationStateId: String(configurationStateId),
  relationships: Array.isArray(relationships)
    ? relationships.map(({ name, ...relationship }) => ({ ...relationship, relationshipName: name }))
    : relationships,
});

const one = (document: unknown): Intake => {
  const intakes = readDocument(document);
  expect(intakes).toHaveLength(1);
  return intakes[0]!;
};
const itemWith = (changes: Json): Json => ({ ...ITEM, ...changes });

describe('an item', () => {
  it.each(Object.entries(ENVELOPES))('is read from %s', (_, wrap) => {
    expect(one(wrap(ITEM))).toEqual(READ);
  });

  it.each(Object.entries(ENVELOPES))('is read as the API spells it, from %s', (_, wrap) => {
    const { relationships, ...rest } = READ.item;
    expect(one(wrap(apiSpelling(ITEM)))).toMatchObject({ kind: 'item', item: rest });
  });

  it.each([
    ['OK', 'recorded'],
    ['ResourceDiscovered', 'recorded'],
    ['ResourceDeleted', 'deleted'],
    ['ResourceDeletedNotRecorded', 'deleted'],
    ['ResourceNotRecorded', 'unrecorded'],
    [undefined, 'recorded'],
    [null, 'recorded'],
  ])('with the status %s is %s', (configurationItemStatus, state) => {
    expect(one(itemWith({ configurationItemStatus }))).toMatchObject({ kind: 'item', item: { state } });
  });

  it.each([
    ['OK', 'oversized'],
    ['ResourceDiscovered', 'oversized'],
    ['ResourceDeleted', 'deleted'],
    ['ResourceNotRecorded', 'unrecorded'],
  ])('of which only a summary came, with the status %s, is %s', (configurationItemStatus, state) => {
    const summary = withoutKeys(itemWith({ configurationItemStatus }), 'configuration', 'supplementaryConfiguration', 'relationships');
    const message = {
      configurationItemSummary: { ...summary, changeType: 'UPDATE' },
      configurationItem: null,
      s3DeliverySummary: { s3BucketLocation: 'example', errorCode: null, errorMessage: null },
      messageType: 'OversizedConfigurationItemChangeNotification',
    };
    expect(one(eventBridge(message))).toMatchObject({ kind: 'item', item: { state, resource: READ.item.resource } });
    expect(one(invocation(JSON.stringify(message), ACCOUNT))).toMatchObject({ kind: 'item', item: { state } });
  });

  it.each(['global', 'us-gov-west-1', 'us-iso-east-1', 'ap-southeast-5'])('may be of the region %s', (awsRegion) => {
    expect(one(itemWith({ awsRegion }))).toMatchObject({ kind: 'item', item: { resource: { region: awsRegion } } });
  });

  it.each(['AWS::::Account', 'AWS::EC2::Volume', 'AWS::ElasticLoadBalancingV2::Listener', 'Acme::Shop::Till::MODULE'])(
    'may be of the type %s',
    (resourceType) => {
      expect(one(itemWith({ resourceType }))).toMatchObject({ kind: 'item', item: { resource: { resourceType } } });
    },
  );

  it.each(['__proto__', 'constructor', 'toString', 'a b/c:d', 'é€😀', 'x'.repeat(768)])('may have the id %s', (resourceId) => {
    expect(one(itemWith({ resourceId }))).toMatchObject({ kind: 'item', item: { resource: { resourceId } } });
  });

  it('comes with the others of its list, each judged by itself', () => {
    const kinds = readDocument({ configurationItems: [ITEM, itemWith({ awsAccountId: 'me' }), null, apiSpelling(ITEM)] });
    expect(kinds.map(({ kind }) => kind)).toEqual(['item', 'rejected', 'rejected', 'item']);
    expect(readDocument([])).toEqual([]);
    expect(readDocument({ configurationItems: [] })).toEqual([]);
  });
});

describe('the time of an item', () => {
  it.each<[unknown, string]>([
    ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.678901234Z', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T05:04:05.678+02:00', '2026-01-02T03:04:05.678Z'],
    ['2026-01-01T22:34:05.678-0430', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05.678', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02 03:04:05.678000+00:00', '2026-01-02T03:04:05.678Z'],
    [1767323045.678, '2026-01-02T03:04:05.678Z'],
    [1767323045, '2026-01-02T03:04:05.000Z'],
    [1767323045678, '2026-01-02T03:04:05.678Z'],
    ['1767323045.678', '2026-01-02T03:04:05.678Z'],
    ['Jan 2, 2026 3:04:05 AM', '2026-01-02T03:04:05.000Z'],
    ['Nov 29, 2016 7:43:20 PM', '2016-11-29T19:43:20.000Z'],
    ['Nov 29, 2016, 7:43:20\u202fPM', '2016-11-29T19:43:20.000Z'],
    ['Feb 29, 2024 12:00:00 AM', '2024-02-29T00:00:00.000Z'],
    ['2006-01-01T00:00:00Z', '2006-01-01T00:00:00.000Z'],
    ['2099-12-31T23:59:59.999Z', '2099-12-31T23:59:59.999Z'],
  ])('is read from %j', (written, time) => {
    expect(readTime(written)).toBe(time);
    expect(one(itemWith({ configurationItemCaptureTime: written }))).toMatchObject({ kind: 'item', item: { capturedAt: time } });
  });

  it('is the same for every day whether or not its text needs a conversion', () => {
    for (const year of [2005, 2006, 2024, 2026, 2099, 2100]) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          for (const clock of ['00:00:00.000', '23:59:59.999', '24:00:00.000', '12:60:00.000', '12:00:60.000']) {
            const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T${clock}`;
            expect(readTime(`${text}Z`), text).toBe(readTime(`${text}+00:00`));
          }
        }
      }
    }
  });

  it.each<unknown>([
    undefined,
    null,
    '',
    'yesterday',
    'hello 2026',
    '2026',
    '2026-01-02',
    '1/2/2026',
    'datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=tzlocal())',
    '2026-13-02T03:04:05Z',
    '2026-01-02T25:04:05Z',
    '2026-01-02T03:04:05+99:99',
    '2026-01-02T03:04:05Z; DROP TABLE',
    'Foo 29, 2016 7:43:20 PM',
    'Nov 99, 2016 7:43:20 PM',
    '1900-01-01T00:00:00Z',
    '2005-12-31T23:59:59.999Z',
    '2100-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '+012026-01-02T03:04:05Z',
    0,
    -1,
    1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '999999999999999999999',
    true,
    {},
    [],
    ['2026-01-02T03:04:05Z'],
    { toString: 'x' },
    '1'.repeat(300_000),
    '2026-01-02T03:04:05.678Z'.padStart(300_000),
  ])('is not guessed from %j', (written) => {
    expect(readTime(written)).toBeUndefined();
    expect(one(itemWith({ configurationItemCaptureTime: written }))).toEqual({
      kind: 'rejected',
      reason: 'configurationItemCaptureTime is missing or not a time',
    });
  });
});

describe('a record that is not about a configuration', () => {
  it.each<[string, unknown, string]>([
    [
      'an event of another source',
      { ...eventBridge({}), source: 'aws.ec2' },
      'a "Config Configuration Item Change" of "aws.ec2" is not read',
    ],
    [
      'another event of AWS Config',
      { ...eventBridge({}), 'detail-type': 'Config Rules Compliance Change' },
      'a "Config Rules Compliance Change" of "aws.config" is not read',
    ],
    [
      'a schedule',
      invocation('{"messageType":"ScheduledNotification","awsAccountId":"111111111111"}', ACCOUNT),
      'a "ScheduledNotification" carries',
    ],
    [
      'a delivered snapshot',
      sns('{"messageType":"ConfigurationSnapshotDeliveryCompleted"}'),
      'a "ConfigurationSnapshotDeliveryCompleted" carries',
    ],
    [
      'a change of compliance, which names a resource too',
      sns(
        JSON.stringify({
          messageType: 'ComplianceChangeNotification',
          awsAccountId: ACCOUNT,
          awsRegion: 'eu-west-1',
          resourceType: 'AWS::EC2::Volume',
          resourceId: 'vol-1',
        }),
      ),
      'a "ComplianceChangeNotification" carries no configuration item',
    ],
  ])('is ignored: %s', (_, document, reason) => {
    expect(one(document)).toEqual({ kind: 'ignored', reason: expect.stringContaining(reason) });
  });
});

const HUGE = 'x'.repeat(300_000);
const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

describe('a record that is not understood or not believed', () => {
  it.each<[string, unknown, string]>([
    ['null', null, 'a record must be a JSON object, not null'],
    ['a number', 7, 'a record must be a JSON object, not number'],
    ['a text', 'COMPLIANT', 'a record must be a JSON object, not string'],
    ['a flag', true, 'a record must be a JSON object, not boolean'],
    ['a text in a list', ['COMPLIANT'], 'a record must be a JSON object, not string'],
    ['an empty object', {}, 'holds no configuration item'],
    ['an object of other things', { hello: 'world' }, 'holds no configuration item'],
    ['10,000 levels of other things', nested(10_000), 'holds no configuration item'],
    ['an own key __proto__', JSON.parse(`{"__proto__":${JSON.stringify(ITEM)}}`), 'holds no configuration item'],
    ['a notification without its item', { messageType: 'ConfigurationItemChangeNotification' }, 'holds no configuration item'],
    ['a notification with a text', notification('x'), 'the configuration item is not an object'],
    ['a notification with a list', notification([ITEM]), 'the configuration item is not an object'],
    ['a notification with an empty item', notification({}), 'account id (none) is not valid'],
    ['items that are no list', { configurationItems: {} }, 'configurationItems is not a list'],
    ['an event without detail', eventBridge(undefined), 'the EventBridge event has no detail object'],
    ['an event with a text as detail', eventBridge(JSON.stringify(notification(ITEM))), 'the EventBridge event has no detail object'],
    ['an event without source', withoutKeys(eventBridge(notification(ITEM)), 'source'), 'needs a source and a detail-type'],
    ['an event with a number as detail-type', { ...eventBridge({}), 'detail-type': 7 }, 'needs a source and a detail-type'],
    ['an event without account', withoutKeys(eventBridge(notification(ITEM)), 'account'), 'names no valid account'],
    ['an event with a number as account', eventBridge(notification(ITEM), 111111111111), 'names no valid account'],
    ['a message that is cut off', sns(JSON.stringify(notification(ITEM)).slice(0, -1)), 'Message is not valid JSON'],
    ['an empty message', sns(''), 'Message is not valid JSON'],
    ['a message that is a number', sns('7'), 'a record must be a JSON object, not number'],
    ['an invoking event that is cut off', invocation('{"configurationItem":', ACCOUNT), 'invokingEvent is not valid JSON'],
    [
      'an invocation with a number as account',
      invocation(JSON.stringify(notification(ITEM)), 111111111111),
      'accountId of the rule invocation',
    ],
    ['lists in lists', [[[[[[[[ITEM]]]]]]]], 'envelopes are nested too deeply'],
    ['10,000 lists in each other', JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`), 'envelopes are nested too deeply'],
    ['messages in messages', sns(sns(sns(sns(sns(sns(sns(sns(ITEM)))))))), 'envelopes are nested too deeply'],
    [
      '10,000 messages in each other',
      JSON.parse(`${'{"Type":"Notification","Message":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
      'nested too deeply',
    ],
    ['a status that is not known', itemWith({ configurationItemStatus: 'Fine' }), 'configurationItemStatus "Fine" is not known'],
    ['the status __proto__', itemWith({ configurationItemStatus: '__proto__' }), 'is not known'],
    ['a status that is no text', itemWith({ configurationItemStatus: 7 }), 'configurationItemStatus (none) is not known'],
    ['a list as status', itemWith({ configurationItemStatus: ['OK'] }), 'is not known'],
  ])('is rejected: %s', (_, document, reason) => {
    expect(one(document)).toEqual({ kind: 'rejected', reason: expect.stringContaining(reason) });
  });

  const HOSTILE: unknown[] = [
    undefined,
    null,
    '',
    0,
    7,
    true,
    [],
    {},
    ['x'],
    HUGE,
    'a\u0000b',
    'a\nb',
    'a\u001b[31m',
    'a\u2028b',
    '\ud800',
  ];

  it.each<[string, RegExp, unknown[]]>([
    [
      'awsAccountId',
      /^account id .+ is not valid$/,
      [...HOSTILE, '11111111111', '1111111111111', '11111111111a', ' 111111111111', '__proto__'],
    ],
    [
      'resourceType',
      /^resourceType .+ is not valid$|^holds no/,
      [...HOSTILE, 'AWS', 'AWS::', '__proto__', 'constructor', 'AWS::EC2::Volume '],
    ],
    [
      'awsRegion',
      /^awsRegion .+ is not valid$/,
      [...HOSTILE, 'EU-WEST-1', 'eu-west-1/../x', '__proto__', 'constructor', '../..', 'eu_west_1'],
    ],
    [
      'resourceId',
      /^resourceId (is missing|is longer|holds control)/,
      [...HOSTILE, 'x'.repeat(769), 'é'.repeat(385), 'a\u007fb', 'a\u0085b', 'b\udc00'],
    ],
  ])('is rejected where %s is not what it must be', (key, reason, values) => {
    for (const value of values) {
      const intake = one(itemWith({ [key]: value }));
      expect(intake, JSON.stringify(value)?.slice(0, 80)).toEqual({ kind: 'rejected', reason: expect.stringMatching(reason) });
      expect((intake as { reason: string }).reason.length).toBeLessThan(500);
      expect(one(eventBridge(notification(itemWith({ [key]: value })))).kind).toBe('rejected');
    }
  });

  it.each<[string, unknown]>([
    ['EventBridge', eventBridge(notification(ITEM), OTHER)],
    ['a rule invocation', invocation(JSON.stringify(notification(ITEM)), OTHER)],
    ['a rule invocation, parsed', invocation(notification(ITEM), OTHER)],
    ['EventBridge, around a list of items', eventBridge({ configurationItems: [ITEM] }, OTHER)],
    ['EventBridge, around a summary', eventBridge({ configurationItemSummary: ITEM }, OTHER)],
    ['EventBridge, in an SNS message', sns(JSON.stringify(eventBridge(notification(ITEM), OTHER)))],
    ['EventBridge, around an invocation that names the account of the item', eventBridge(invocation(notification(ITEM), ACCOUNT), OTHER)],
    ['EventBridge, around an event that names the account of the item', eventBridge(eventBridge(notification(ITEM)), OTHER)],
    ['EventBridge, around a message with such an event', eventBridge(sns(JSON.stringify(eventBridge(notification(ITEM)))), OTHER)],
    ['a garbled account of an invocation', invocation(notification(ITEM), 'me')],
  ])('is rejected where the account is not that of %s', (_, document) => {
    expect(one(document)).toEqual({ kind: 'rejected', reason: expect.stringMatching(/claims account "?111111111111/) });
  });

  it('leaves Object.prototype as it is', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const poison = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    const hostile = JSON.parse(JSON.stringify({ ...ITEM, resourceId: '__proto__' }).replace('{', '{"__proto__":{"polluted":true},'));
    for (const document of [
      poison,
      eventBridge(poison),
      { ...poison, ...ITEM },
      hostile,
      itemWith({ configuration: poison, tags: poison }),
    ]) {
      for (const intake of readDocument(document)) {
        if (intake.kind === 'item') parserOf(intake.item.resource.resourceType)?.parse(intake.item);
      }
    }
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(({} as Json).polluted).toBeUndefined();
  });
});

/** The events of the example week that carry an item. */
const WEEK: Json[] = readFileSync(new URL('../../../examples/week.ndjson', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => {
    try {
      return JSON.parse(line).detail.configurationItem ?? [];
    } catch {
      return [];
    }
  })
  .filter((item) => /^\d{12}$/.test(item.awsAccountId) && parserOf(item.resourceType));
const BY_TYPE = [...new Set(WEEK.map((item) => item.resourceType))].map((type) => WEEK.filter((item) => item.resourceType === type));

const toText = (value: unknown): unknown => (value === undefined ? undefined : JSON.stringify(value));
const textInside = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toText(member)]))
    : value;

/** Keys of the other case, as newer types spell them. Keys that are data (of a map, or of a policy) are not spelled by AWS Config. */
const DATA = /[^A-Za-z0-9]/;
const otherCase = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(otherCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const first = key.charAt(0);
      const other = (first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()) + key.slice(1);
      return [DATA.test(key) ? key : other, otherCase(member)];
    }),
  );
};

const change =
  (key: string, by: (value: unknown) => unknown) =>
  (item: Json): Json => ({ ...item, [key]: by(item[key]) });

/** Spellings that do not change what an item says. */
const SPELLINGS: Readonly<Record<string, (item: Json) => Json>> = {
  'the keys of the API': apiSpelling,
  'configuration as text': change('configuration', toText),
  'configuration in the other case': change('configuration', (value) => (typeof value === 'string' ? value : otherCase(value))),
  'supplementary configuration as text': change('supplementaryConfiguration', toText),
  'values of the supplementary configuration as text': change('supplementaryConfiguration', textInside),
  'relationships as text': change('relationships', toText),
  'tags as text': change('tags', toText),
  'tags as a list': change('tags', (tags) =>
    typeof tags === 'object' && tags !== null && !Array.isArray(tags) ? Object.entries(tags).map(([key, value]) => ({ key, value })) : tags,
  ),
  'capture time in epoch seconds': change('configurationItemCaptureTime', (time) => Date.parse(readTime(time)!) / 1000),
  'capture time with an offset': change('configurationItemCaptureTime', (time) =>
    new Date(Date.parse(readTime(time)!) + 3_600_000).toISOString().replace('Z', '+01:00'),
  ),
};

const verdictOf = (document: unknown) => {
  const intake = one(document);
  if (intake.kind !== 'item') throw new Error(intake.reason);
  const { resource, capturedAt, state } = intake.item;
  const parsed = parseFacts(intake.item, parserOf(resource.resourceType)!);
  return {
    resource,
    capturedAt,
    state,
    facts: parsed?.facts,
    findings: parsed && evaluateResource(CATALOGUE.rules, parsed, resource, capturedAt),
  };
};

describe('an item of any type', () => {
  it('is there for every type of the example week', () => {
    expect(new Set(WEEK.map((item) => item.resourceType)).size).toBeGreaterThan(25);
  });

  it.each(Object.entries(SPELLINGS))('says the same in another spelling: %s', (_, spell) => {
    for (const item of WEEK) expect(verdictOf(spell(item)), JSON.stringify(item).slice(0, 2000)).toEqual(verdictOf(item));
  });

  it('says the same in any combination of spellings and in any envelope', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BY_TYPE).chain((items) => fc.constantFrom(...items)),
        fc.subarray(Object.values(SPELLINGS)),
        fc.constantFrom(...Object.values(ENVELOPES)),
        (item, spellings, wrap) => {
          const envelope = (spelled: unknown) =>
            JSON.parse(JSON.stringify(wrap(spelled)).replaceAll(ACCOUNT, String(item.awsAccountId))) as unknown;
          const spelled = spellings.reduce((result, spell) => spell(result), item);
          expect(verdictOf(envelope(spelled))).toEqual(verdictOf(envelope(item)));
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});
