import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { iamActionOf } from '../../adapters/aws/actions.ts';
import { roleOf } from '../../core/remediation/model/remedy.ts';
import { RUNBOOK_PREFIX } from '../../lib/event-patterns.ts';
import { actionsOf, grantsOf, resourcesOf } from '../../lib/runbooks/permissions.ts';
import { pairUp, RunbookError, readRunbooks, toDocument } from '../../lib/runbooks/read.ts';
import { ALLOWED_ON, COMPANIONS, FLOW_LOGS_GRANTS, FLOW_LOGS_ROLE_NAME, WITHOUT_RESOURCES } from '../../lib/runbooks/resources.ts';

const FOLDER = new URL('../../runbooks/', import.meta.url);
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
const runbooks = readRunbooks();

/** Steps as text, to tell what is called without the code under test. */
const calledIn = (file: string): string[] => {
  const { mainSteps } = parse(readFileSync(new URL(file, FOLDER), 'utf8')) as {
    mainSteps: { inputs?: { Service?: string; Api?: string } }[];
  };
  return mainSteps.flatMap(({ inputs }) => (inputs?.Service && inputs.Api ? [iamActionOf(inputs.Service, inputs.Api)] : []));
};

const step = (action: string, inputs: object = {}) => `mainSteps: ${JSON.stringify([{ name: 'one', action, inputs }])}`;

describe('the runbooks', () => {
  it('are all the files, each inverse with its runbook', () => {
    const names = readRunbooks({ policyRestore: true }).flatMap(({ documents }) => documents.map(({ name }) => `${name}.yaml`));
    expect(names.sort()).toEqual(files.sort());
    for (const { name, documents } of runbooks)
      expect(documents.map((document) => document.name)).toEqual([name, `${name}-Undo`].slice(0, documents.length));
  });

  it.each(runbooks.map((runbook) => [runbook.name, runbook] as const))(
    '%s may do what it and its inverse call, and nothing else',
    (name, runbook) => {
      const called = [`${name}.yaml`, `${name}-Undo.yaml`].filter((file) => files.includes(file)).flatMap(calledIn);
      const beside = called.flatMap((action) => COMPANIONS[action] ?? []).flatMap(({ actions }) => actions);
      expect(actionsOf(runbook)).toEqual([...new Set(called)].sort());
      expect(new Set(grantsOf(runbook).flatMap(({ actions }) => actions))).toEqual(new Set([...called, ...beside]));
      for (const action of called) expect(resourcesOf(action), `lib/runbooks/resources.ts says where ${action} is allowed`).toBeDefined();
    },
  );

  it.each(runbooks.map(({ name }) => name))('%s has a name that its documents and its role can have', (name) => {
    expect(name).toMatch(new RegExp(`^${RUNBOOK_PREFIX}[A-Za-z0-9]+$`));
    expect(name.length).toBeLessThanOrEqual(50);
    expect(roleOf(name)).toMatch(/^csmm-[A-Za-z0-9]+$/);
    expect(roleOf(name).length).toBeLessThanOrEqual(64);
  });

  it.each(['csmm-remediate', 'csmm-remediate-read', 'csmm-read', FLOW_LOGS_ROLE_NAME])('none has a role named %s', (role) => {
    expect(runbooks.map(({ name }) => roleOf(name))).not.toContain(role);
  });
});

describe('what a role may do', () => {
  const grants = runbooks.flatMap((runbook) => grantsOf(runbook));

  it('is named in full, and is on everything only where AWS has no resource-level permission', () => {
    for (const { actions, resources } of grants) {
      for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      for (const action of resources.includes('*') ? actions : []) expect(WITHOUT_RESOURCES).toContain(action);
    }
  });

  it('is in the account itself: by the ARN, or by a condition where the ARN has no account', () => {
    const elsewhere = grants.filter(
      ({ resources, conditions }) => resources.some((arn) => arn.startsWith('s3:::*')) && conditions?.['aws:ResourceAccount'] !== 'ACCOUNT',
    );
    expect(elsewhere).toEqual([]);
    const open = [...new Set(grants.flatMap(({ resources }) => resources))].filter((arn) => arn !== '*' && !arn.includes(':ACCOUNT:'));
    for (const arn of open) expect(arn).toMatch(/^(s3:::|ec2:\*::(image|snapshot)\/|apigateway:\*::\/domainnames)/);
  });

  it('is never to assume a role, and to pass one only where it is declared and to whom', () => {
    const actions = grants.flatMap((grant) => grant.actions.map((action) => ({ ...grant, action })));
    expect(actions.filter(({ action }) => action.startsWith('sts:'))).toEqual([]);
    for (const { resources, conditions } of actions.filter(({ action }) => action === 'iam:PassRole')) {
      expect(resources).toEqual([`iam::ACCOUNT:role/${FLOW_LOGS_ROLE_NAME}`]);
      expect(conditions).toEqual({ 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' });
    }
    for (const { resources, conditions } of actions.filter(({ action }) => action === 'iam:CreateServiceLinkedRole')) {
      expect(resources).toEqual([`iam::ACCOUNT:role/aws-service-role/${conditions?.['iam:AWSServiceName']}/*`]);
    }
  });

  it.each(['guardduty', 'malware-protection.guardduty'])('lets GuardDuty make its service-linked role %s', (service) => {
    const granted = grantsOf(runbooks.find(({ name }) => name === 'CSMM-EnableGuardDuty')!);
    expect(granted).toContainEqual({
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [`iam::ACCOUNT:role/aws-service-role/${service}.amazonaws.com/*`],
      conditions: { 'iam:AWSServiceName': `${service}.amazonaws.com` },
    });
  });

  it('lets GuardDuty make the role of malware protection whether it is turned on for the first time or again', () => {
    const [, malware] = COMPANIONS['guardduty:CreateDetector'] ?? [];
    expect(COMPANIONS['guardduty:UpdateDetector']).toEqual([malware]);
  });

  it('is not the policies, users and roles of IAM themselves', () => {
    const ofIam = grants
      .flatMap(({ actions }) => actions)
      .filter((action) =>
        /^iam:(Put|Attach|Create(?!ServiceLinkedRole)|Add|Detach|Update(?!AccessKey|AccountPasswordPolicy))/.test(action),
      );
    expect(ofIam).toEqual([]);
  });

  it('is said once for each action', () => {
    const twice = Object.values(ALLOWED_ON)
      .flat()
      .filter((action) => WITHOUT_RESOURCES.has(action));
    expect(twice).toEqual([]);
    for (const arn of Object.keys(ALLOWED_ON)) expect(arn).toMatch(/^[a-z0-9-]+:\*?:(ACCOUNT)?:\S+$/);
  });

  it('lets flow logs be delivered to the group that their runbook names', () => {
    const named = readFileSync(new URL('CSMM-EnableVpcFlowLogs.yaml', FOLDER), 'utf8');
    const [group] = /LogGroupName: (\S+)/.exec(named)?.slice(1) ?? [];
    expect(named).toContain(FLOW_LOGS_ROLE_NAME);
    expect(FLOW_LOGS_GRANTS[0].resources).toEqual([`logs:*:ACCOUNT:log-group:${group}`, `logs:*:ACCOUNT:log-group:${group}:*`]);
  });
});

describe('names of actions', () => {
  it.each([
    ['ec2', 'EnableEbsEncryptionByDefault', 'ec2:EnableEbsEncryptionByDefault'],
    ['s3', 'PutBucketEncryption', 's3:PutEncryptionConfiguration'],
    ['s3', 'DeleteBucketEncryption', 's3:PutEncryptionConfiguration'],
    ['s3', 'PutPublicAccessBlock', 's3:PutBucketPublicAccessBlock'],
    ['s3', 'DeletePublicAccessBlock', 's3:PutBucketPublicAccessBlock'],
    ['s3', 'DeleteBucketPolicy', 's3:DeleteBucketPolicy'],
    ['s3control', 'PutPublicAccessBlock', 's3:PutAccountPublicAccessBlock'],
    ['s3control', 'DeletePublicAccessBlock', 's3:PutAccountPublicAccessBlock'],
    ['elbv2', 'ModifyListener', 'elasticloadbalancing:ModifyListener'],
    ['elb', 'DescribeLoadBalancers', 'elasticloadbalancing:DescribeLoadBalancers'],
    ['efs', 'PutBackupPolicy', 'elasticfilesystem:PutBackupPolicy'],
    ['opensearch', 'UpdateDomainConfig', 'es:UpdateDomainConfig'],
    ['accessanalyzer', 'CreateAnalyzer', 'access-analyzer:CreateAnalyzer'],
    ['apigateway', 'UpdateDomainName', 'apigateway:PATCH'],
    ['apigatewayv2', 'UpdateDomainName', 'apigateway:PATCH'],
  ])('%s %s is allowed by %s', (service, api, action) => {
    expect(iamActionOf(service, api)).toBe(action);
  });
});

describe('a runbook is refused', () => {
  it.each([
    ['it has no steps', 'description: none', /no mainSteps/],
    ['it is empty', '', /no mainSteps/],
    [
      'a step runs a command',
      step('aws:runCommand'),
      /step one of CSMM-Test has an unsupported action: given aws:runCommand; allowed aws:/,
    ],
    ['a step asks a person, which takes a permission of its own', step('aws:approve'), /aws:approve/],
    ['a step is none', 'mainSteps: [null]', /given undefined; allowed/],
    ['a step names no service', step('aws:executeAwsApi', { Api: 'GetBucketAcl' }), /has no valid input Service/],
    ['a step takes its API from a parameter', step('aws:executeAwsApi', { Service: 's3', Api: '{{ Api }}' }), /has no valid input Api/],
  ])('where %s', (_, text, message) => {
    expect(() => toDocument('CSMM-Test', text)).toThrow(RunbookError);
    expect(() => toDocument('CSMM-Test', text)).toThrow(message);
  });

  it('where it undoes what is not there', () => {
    expect(() => pairUp([toDocument('CSMM-Test-Undo', step('aws:sleep'))])).toThrow(
      /CSMM-Test-Undo is the inverse of a runbook that does not exist/,
    );
  });

  it('where nothing says on what it acts', () => {
    const documents = [toDocument('CSMM-Test', step('aws:executeAwsApi', { Service: 'ec2', Api: 'TerminateInstances' }))];
    expect(() => grantsOf({ name: 'CSMM-Test', documents })).toThrow(/CSMM-Test calls ec2:TerminateInstances/);
  });
});
