import { describe, expect, it } from 'vitest';
import { DOORS } from '../../core/remediation/commands/doors.ts';
import { PEOPLE, type PersonRole } from '../../lib/people-policies.ts';
import { type Assembly, idsOf, propertiesOf } from '../e2e/support/assembly.ts';
import { valuesOf } from '../e2e/support/values.ts';
import { decide, type Statement, statementsOf } from '../support/iam.ts';
import { synthesize } from './synth.ts';

/** Decides as IAM does, by the policies of the stack, what each person may do. docs/remediation.md and docs/threat-model.md say the same. */

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const stacks = { homeRegion: REGION, regions: 'us-east-1', remediation: 'true', customerManagedKey: 'true' };
const { Resources: resources } = synthesize(stacks).template('Csmm-Remediation').toJSON();
const assembly = { resources } as Pick<Assembly, 'resources'> as Assembly;
const values = valuesOf(assembly, { accountId: ACCOUNT, region: REGION });

const tableId = idsOf(assembly, 'AWS::DynamoDB::GlobalTable')[0] ?? '';
const [replica] = propertiesOf(assembly, tableId).Replicas as { ResourcePolicy: { PolicyDocument: unknown } }[];
const ofTable = statementsOf(values.resolve(replica?.ResourcePolicy.PolicyDocument));
const TABLE = values.arnOf(tableId);
const functionNamed = (part: string): string =>
  values.arnOf(idsOf(assembly, 'AWS::Lambda::Function').find((id) => id.includes(part)) ?? '');
const COMMAND = functionNamed('RemediationCommandHandler');
const keyNamed = (part: string): string => values.arnOf(idsOf(assembly, 'AWS::KMS::Key').find((id) => id.includes(part)) ?? '');

const policyOf = (person: PersonRole): Statement[] => {
  const id = idsOf(assembly, 'AWS::IAM::ManagedPolicy').find(
    (each) => propertiesOf(assembly, each).ManagedPolicyName !== undefined && each.startsWith(`RemediationPeople${person}`),
  );
  return statementsOf(values.resolve(propertiesOf(assembly, id ?? '').PolicyDocument));
};

/** Allows everything in the account, as for an administrator. */
const EVERYTHING = statementsOf({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });

interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly keys?: readonly string[];
  readonly viaUrl?: boolean;
}

function may(identity: readonly Statement[], { action, resource, keys, viaUrl }: Asked, arn = `arn:aws:iam::${ACCOUNT}:role/jo`): boolean {
  const context = new Map<string, string | readonly string[] | undefined>([
    ['aws:principalarn', arn],
    ['dynamodb:leadingkeys', keys],
    ['lambda:functionurlauthtype', 'AWS_IAM'],
    ['lambda:invokedviafunctionurl', viaUrl === undefined ? undefined : String(viaUrl)],
    ['kms:viaservice', resource.includes(':key/') ? `dynamodb.${REGION}.amazonaws.com` : undefined],
  ]);
  return decide(
    { kind: 'role', accountId: ACCOUNT, arn },
    { action, resource, context },
    {
      identity,
      ...(resource === TABLE && { resource: ofTable }),
      accountId: ACCOUNT,
    },
  ).isAllowed;
}

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'];
const ITEMS = ['M#222222222222', 'K#', 'K#STOP', 'B#STR-L2-01', 'P#0', 'L#0', 'I#0', 'X#0'];

describe.each(PEOPLE)('the policy of a %s', (person) => {
  const policy = policyOf(person);

  it('reads the table, with its key', () => {
    for (const action of ['GetItem', 'Query', 'Scan']) expect(may(policy, { action: `dynamodb:${action}`, resource: TABLE })).toBe(true);
    expect(may(policy, { action: 'kms:Decrypt', resource: keyNamed('RemediationKey') })).toBe(true);
  });

  it('opens its own door, and only through the URL', () => {
    const door = { watcher: undefined, approver: 'approve', operator: 'operate', administrator: 'administer' }[person];
    for (const each of DOORS) {
      const resource = `${COMMAND}:${each}`;
      expect(may(policy, { action: 'lambda:InvokeFunctionUrl', resource })).toBe(each === door);
      expect(may(policy, { action: 'lambda:InvokeFunction', resource, viaUrl: true })).toBe(each === door);
      // A direct call could tell the function any caller.
      expect(may(policy, { action: 'lambda:InvokeFunction', resource, viaUrl: false })).toBe(false);
      expect(may(policy, { action: 'lambda:InvokeFunction', resource })).toBe(false);
    }
    for (const resource of [COMMAND, functionNamed('RemediationRemediate')]) {
      expect(may(policy, { action: 'lambda:InvokeFunction', resource, viaUrl: true })).toBe(false);
    }
  });

  it('writes nothing but a new stop, and that only as an operator', () => {
    for (const action of WRITES) {
      for (const key of ITEMS) {
        const isStop = person === 'operator' && action === 'PutItem' && key === 'K#STOP';
        expect(may(policy, { action: `dynamodb:${action}`, resource: TABLE, keys: [key] }), `${action} ${key}`).toBe(isStop);
      }
      expect(may(policy, { action: `dynamodb:${action}`, resource: TABLE, keys: ['K#STOP', 'M#222222222222'] })).toBe(false);
      expect(may(policy, { action: `dynamodb:${action}`, resource: TABLE })).toBe(false);
    }
  });

  it('makes no seal, and changes neither table, keys nor functions', () => {
    for (const resource of [keyNamed('EngineSeal'), keyNamed('PeopleSeal')])
      for (const action of ['kms:GenerateMac', 'kms:VerifyMac', 'kms:PutKeyPolicy']) expect(may(policy, { action, resource })).toBe(false);
    for (const action of ['dynamodb:PutResourcePolicy', 'dynamodb:DeleteResourcePolicy', 'dynamodb:DeleteTable', 'dynamodb:UpdateTable'])
      expect(may(policy, { action, resource: TABLE })).toBe(false);
    for (const action of ['lambda:UpdateFunctionCode', 'lambda:AddPermission'])
      expect(may(policy, { action, resource: COMMAND })).toBe(false);
  });
});

describe('the policy of the table', () => {
  it('denies every write but a new stop to whoever is no function of csmm, whatever else allows it', () => {
    for (const action of WRITES)
      for (const key of ITEMS)
        expect(may(EVERYTHING, { action: `dynamodb:${action}`, resource: TABLE, keys: [key] }), `${action} ${key}`).toBe(
          action === 'PutItem' && key === 'K#STOP',
        );
    expect(may(EVERYTHING, { action: 'dynamodb:PutItem', resource: TABLE })).toBe(false);
    expect(may(EVERYTHING, { action: 'dynamodb:PutItem', resource: TABLE, keys: ['K#STOP', 'K#'] })).toBe(false);
    expect(may(EVERYTHING, { action: 'dynamodb:Scan', resource: TABLE })).toBe(true);
  });

  const roleNamed = (part: string): string => values.arnOf(idsOf(assembly, 'AWS::IAM::Role').find((id) => id.includes(part)) ?? '');
  const policyOfRole = (part: string): Statement[] => {
    const roleId = idsOf(assembly, 'AWS::IAM::Role').find((id) => id.includes(part));
    return idsOf(assembly, 'AWS::IAM::Policy')
      .map((id) => propertiesOf(assembly, id))
      .filter(({ Roles }) => (Roles as { Ref: string }[]).some(({ Ref }) => Ref === roleId))
      .flatMap(({ PolicyDocument }) => statementsOf(values.resolve(withoutImports(PolicyDocument))));
  };

  it('lets the function of people remove a stop, and not the engine or triage', () => {
    const remove = { action: 'dynamodb:DeleteItem', resource: TABLE, keys: ['K#STOP'] };
    const may3 = ['RemediationCommandHandlerRole', 'RemediationRemediateRole', 'RemediationTriageRole'].map((role) =>
      may(policyOfRole(role), remove, roleNamed(role)),
    );
    expect(may3).toEqual([true, false, false]);
    const engine = (action: string, key: string) =>
      may(policyOfRole('RemediationRemediateRole'), { action, resource: TABLE, keys: [key] }, roleNamed('RemediationRemediateRole'));
    expect([engine('dynamodb:PutItem', 'M#222222222222'), engine('dynamodb:DeleteItem', 'L#0'), engine('dynamodb:PutItem', 'K#')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('gives each seal to one function alone', () => {
    const makers = (key: string) =>
      ['RemediationCommandHandlerRole', 'RemediationRemediateRole', 'RemediationTriageRole', 'RemediationAnnounceRole'].filter((role) =>
        may(policyOfRole(role), { action: 'kms:GenerateMac', resource: keyNamed(key) }, roleNamed(role)),
      );
    expect(makers('EngineSeal')).toEqual(['RemediationRemediateRole']);
    expect(makers('PeopleSeal')).toEqual(['RemediationCommandHandlerRole']);
  });

  it('has a function of people that can start nothing', () => {
    for (const { action, resource } of [
      { action: 'sts:AssumeRole', resource: `arn:aws:iam::${ACCOUNT}:role/csmm-remediate` },
      { action: 'ssm:StartAutomationExecution', resource: `arn:aws:ssm:${REGION}:${ACCOUNT}:document/CSMM-EnableBucketVersioning` },
    ])
      expect(may(policyOfRole('RemediationCommandHandlerRole'), { action, resource })).toBe(false);
  });
});

/** Values of the main stack: they are of other resources than those that are asked for here. */
function withoutImports(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutImports);
  if (typeof value !== 'object' || value === null) return value;
  if ('Fn::ImportValue' in value) return 'arn:aws:csmm:eu-west-1:111111111111:imported';
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutImports(member)]));
}
