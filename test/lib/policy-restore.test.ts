import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { roleOf } from '../../core/remediation/model/remedy.ts';
import { RESTORING } from '../../core/remediation/policy-drift/drift.ts';
import { POLICY_CALLS } from '../../core/remediation/policy-drift/policy-change.ts';
import { POLICY_CHANGED, patternLength } from '../../lib/event-patterns.ts';
import { renderRemediationTemplate } from '../../lib/remediation-member-stack.ts';
import { grantsOf } from '../../lib/runbooks/permissions.ts';
import { readRunbooks } from '../../lib/runbooks/read.ts';
import { resourcesOf, synthesize } from './synth.ts';

const HOME = { homeRegion: 'eu-west-1', regions: 'us-east-1', remediation: 'true' };
const STACKS = ['Csmm-Remediation', 'Csmm-Runbooks-us-east-1'];
const WRITES = /^iam:(Create|Delete|Put|SetDefault|Update)\w*(Policy|PolicyVersion|AssumeRolePolicy)$/;
const RUNBOOKS = Object.values(RESTORING);
const without = synthesize(HOME);
const restoring = synthesize({ ...HOME, policyRestore: 'true' });
const body = renderRemediationTemplate(readRunbooks());
const restoringBody = renderRemediationTemplate(readRunbooks({ policyRestore: true }));
const templatesOf = ({ template }: typeof without) => Object.fromEntries(STACKS.map((stack) => [stack, template(stack)]));
const [withoutTemplates, templates] = [templatesOf(without), templatesOf(restoring)];
const rules = (stack: string, from = templates) =>
  Object.values(resourcesOf(from[stack]!, 'AWS::Events::Rule')).map(({ Properties }) => Properties);
const ofPolicies = (stack: string, from = templates) =>
  rules(stack, from).filter(({ EventPattern }) => JSON.stringify(EventPattern ?? '').includes('aws.iam'));

describe('policies that are brought back', () => {
  it('are not, where that was not asked for: no runbook, no role, no rule', () => {
    for (const stack of STACKS) {
      const text = JSON.stringify(withoutTemplates[stack]?.toJSON());
      for (const name of [...RUNBOOKS, ...RUNBOOKS.map(roleOf), 'SetDefaultPolicyVersion', 'UpdateAssumeRolePolicy'])
        expect(text).not.toContain(name);
      expect(ofPolicies(stack, withoutTemplates)).toEqual([]);
    }
    expect(body).not.toMatch(/CSMM-Restore|UpdateAssumeRolePolicy/);
  });

  it('have a role for each runbook, and no other may change a policy', () => {
    const writers = readRunbooks({ policyRestore: true }).filter((runbook) =>
      grantsOf(runbook).some(({ actions }) => actions.some((action) => WRITES.test(action))),
    );
    expect(writers.map(({ name }) => name).sort()).toEqual([...RUNBOOKS].sort());
    const roles = Object.values(resourcesOf(templates['Csmm-Remediation']!, 'AWS::IAM::Role')).map(({ Properties }) => Properties.RoleName);
    expect(roles).toEqual(expect.arrayContaining(RUNBOOKS.map(roleOf)));
    for (const { actions, resources } of writers.flatMap(grantsOf)) {
      expect(actions.every((action) => action.startsWith('iam:'))).toBe(true);
      for (const resource of resources) expect(resource).toMatch(/^iam::ACCOUNT:(role|policy)\/\*$/);
    }
  });

  it('are read, with their tags, by the role that starts runbooks, where they are brought back alone', () => {
    for (const action of ['iam:GetRolePolicy', 'iam:ListPolicyVersions', 'iam:ListRoleTags']) {
      expect(restoringBody).toContain(action);
      expect(body).not.toContain(action);
    }
  });

  it('break no rule of AWS Solutions', () => {
    expect(new AwsSolutionsChecks(restoring.app).validateScope(restoring.app).violations).toEqual([]);
  });

  it('are watched on the ingest bus, on the own bus, and in the Region that tells of IAM', () => {
    const [ingest, own] = ofPolicies('Csmm-Remediation');
    expect(ofPolicies('Csmm-Remediation')).toHaveLength(2);
    expect([ingest, own].filter((rule) => rule?.EventBusName !== undefined)).toHaveLength(1);
    expect(ofPolicies('Csmm-Runbooks-us-east-1')).toHaveLength(1);
    expect(restoringBody).toContain('"aws.iam"');
    for (const rule of [ingest, own]) {
      expect(rule).toMatchObject({
        EventPattern: {
          source: ['aws.iam'],
          'detail-type': ['AWS API Call via CloudTrail'],
          detail: { eventSource: ['iam.amazonaws.com'], eventName: POLICY_CALLS, errorCode: [{ exists: false }] },
        },
      });
    }
    expect(patternLength(POLICY_CHANGED)).toBeLessThan(2048);
  });
});
