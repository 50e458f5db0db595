import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, type ScalarTag } from 'yaml';
import { REMEDIATION_EVENT, remediationEventOf } from '../../core/remediation/events.ts';
import type { Remediation, RemediationStatus } from '../../core/remediation/model/record.ts';
import { matches } from '../e2e/support/pattern.ts';
import { expectValidEvents } from '../support/schemas.ts';

/** The templates in `examples/messages/` take events that csmm publishes, and make JSON of them, whatever a reason quotes. */

const FOLDER = 'examples/messages';
const templates = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** CloudFormation's short forms. A reference is its text. */
const SHORT_FORMS: ScalarTag[] = ['!Ref', '!GetAtt', '!Sub'].map((tag) => ({ tag, resolve: (text: string) => text }));

interface Rule {
  readonly EventPattern: unknown;
  readonly Targets: readonly {
    readonly InputTransformer: { readonly InputPathsMap: Readonly<Record<string, string>>; readonly InputTemplate: string };
  }[];
}

const ruleOf = (name: string): Rule =>
  parse(readFileSync(`${FOLDER}/${name}`, 'utf8'), { customTags: SHORT_FORMS }).Resources.Rule.Properties;

const HOSTILE = 'name "}, {"a": "<script>" \\ \n ünï';

const eventOf = (to: RemediationStatus, reason = HOSTILE, from?: RemediationStatus) => {
  const after: Remediation = {
    id: '0123456789abcdef01234567',
    controlId: 'STR-L2-01',
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' },
    status: to,
    reason,
    revision: 2,
    failingSince: '2026-11-18T12:00:00.000Z',
    updatedAt: '2026-11-18T12:00:00.000Z',
    attempts: [],
    trail: [],
  };
  const detail = remediationEventOf({ after, ...(from && { before: { ...after, status: from, revision: 1 } }) });
  if (!detail) throw new Error('no event');
  expectValidEvents([{ detailType: REMEDIATION_EVENT, detail }]);
  return { source: 'csmm', 'detail-type': REMEDIATION_EVENT, detail };
};

const at = (event: unknown, path: string): unknown =>
  path
    .replace('$.', '')
    .split('.')
    .reduce((value, key) => (value as Record<string, unknown>)[key], event);

/** As EventBridge does: a variable in quotes is its text, and another one is JSON. */
const transformed = ({ Targets: [target] }: Rule, event: unknown): unknown => {
  const { InputPathsMap, InputTemplate } = target!.InputTransformer;
  const text = InputTemplate.replace(/\$\{Project\}/g, 'SEC').replace(/"[^"]*"|<(\w+)>/g, (whole, bare?: string) =>
    bare === undefined
      ? whole.replace(/<(\w+)>/g, (_, name: string) => String(at(event, InputPathsMap[name]!)))
      : JSON.stringify(at(event, InputPathsMap[bare]!)),
  );
  return JSON.parse(text);
};

describe.each(templates)('%s', (name) => {
  const rule = ruleOf(name);

  it.each(['WAITING_FOR_APPROVAL', 'QUARANTINED'] as const)('tells of %s, with the reason as a value', (status) => {
    const event = eventOf(status);
    expect(matches(rule.EventPattern, event)).toBe(true);
    const text = JSON.stringify(transformed(rule, event));
    expect(text).toContain(JSON.stringify(HOSTILE));
    expect(text).toContain(`STR-L2-01 in 111111111111 is ${status}`);
    expect(text).toContain('0123456789abcdef01234567');
  });

  it('tells of nothing that needs no one', () => {
    for (const status of ['NEW', 'STARTING', 'RUNNING', 'VERIFYING', 'CLOSED'] as const)
      expect(matches(rule.EventPattern, eventOf(status))).toBe(false);
    expect(matches(rule.EventPattern, { ...eventOf('QUARANTINED'), 'detail-type': 'CSMM Score Changed' })).toBe(false);
  });

  it('has each variable in its paths, and puts only safe values in quotes', () => {
    const { InputPathsMap, InputTemplate } = rule.Targets[0]!.InputTransformer;
    const used = [...InputTemplate.matchAll(/<(\w+)>/g)].map(([, variable]) => variable);
    expect([...new Set(used)].sort()).toEqual(Object.keys(InputPathsMap).sort());
    for (const quoted of InputTemplate.match(/"[^"]*"/g) ?? []) expect(quoted).not.toContain('<reason>');
  });
});

describe('chat-and-mail.yaml', () => {
  const { EventPattern } = ruleOf('chat-and-mail.yaml');

  it.each([
    ['the start of a grace period', eventOf('WAITING', 'in the grace period of the rule: csmm remediates it'), true],
    ['its reminder', eventOf('WAITING', 'the grace period of the rule ends soon: csmm remediates it'), true],
    ['a failure', eventOf('WAITING', 'the runbook failed', 'RUNNING'), true],
    ['success', eventOf('SUCCEEDED', 'read again'), true],
    ['another wait', eventOf('WAITING', 'tags were not read', 'NEW'), false],
  ])('on %s', (_, event, told) => expect(matches(EventPattern, event)).toBe(told));
});
