import { describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../../../cli/in-process.ts';
import { CATALOGUE } from '../../../../controls/catalogue.ts';
import { settingsEvidence } from '../../../../core/pipeline/collect-settings.ts';
import { cannotRun, remedyOfAccount, remedyOn } from '../../../../core/remediation/model/remedy.ts';
import { remedyContext } from '../../../../core/remediation/plan/remedy-context.ts';

const [ACCOUNT, OTHER] = ['111111111111', '222222222222'];
const TERMS = { runbook: 'CSMM-Test', risk: 'safe', reversible: false, impact: 'Nothing.' } as const;

const refOf = (resourceType: string, resourceId: string, accountId = ACCOUNT) => ({
  accountId,
  region: 'eu-west-1',
  resourceType,
  resourceId,
});

/** A store with a volume, a VPC and a bucket, and with a volume of another account. */
async function storeOfSome() {
  const { store, take } = inProcessPipeline(CATALOGUE);
  const capturedAt = '2026-01-01T00:00:00.000Z';
  const seen = [
    refOf('AWS::EC2::Volume', 'vol-1'),
    refOf('AWS::EC2::VPC', 'vpc-1'),
    refOf('AWS::S3::Bucket', 'b'),
    refOf('AWS::EC2::Volume', 'vol-2', OTHER),
  ];
  for (const resource of seen) await take({ resource, capturedAt, parsed: { facts: {}, missing: {} } });
  const gone = refOf('AWS::EC2::Volume', 'vol-3');
  await take({ resource: gone, capturedAt, parsed: undefined });
  await take({ ...settingsEvidence({ version: 1, approvedRegions: ['eu-west-1'] }, ACCOUNT, capturedAt) });
  return store;
}

describe('the context of a remedy', () => {
  it('has the resources of its own type and of the types that it reads, from one account', async () => {
    const store = await storeOfSome();
    const remedy = remedyOn('AWS::EC2::Volume', { ...TERMS, reads: ['AWS::EC2::VPC'] }, () => cannotRun('only a test'));
    const resource = refOf('AWS::EC2::Volume', 'vol-1');
    const context = await remedyContext(store, resource, remedy, { alarmTopicName: 'alarms' });
    const idsOf = (type: 'AWS::EC2::Volume' | 'AWS::EC2::VPC' | 'AWS::S3::Bucket') =>
      context.inventory.all(type).map((item) => item.resource.resourceId);
    expect([context.resource, context.declared]).toEqual([resource, { alarmTopicName: 'alarms' }]);
    expect([idsOf('AWS::EC2::Volume'), idsOf('AWS::EC2::VPC'), idsOf('AWS::S3::Bucket')]).toEqual([['vol-1'], ['vpc-1'], []]);
    expect(context.inventory.in(OTHER)).toBeUndefined();
    expect(context.inventory.settings).toMatchObject({ approvedRegions: ['eu-west-1'] });
  });

  it('of a finding on the account has the types that the remedy reads', async () => {
    const remedy = remedyOfAccount({ ...TERMS, reads: ['AWS::S3::Bucket'] }, () => cannotRun('only a test'));
    const { inventory } = await remedyContext(await storeOfSome(), refOf('AWS::::Account', ACCOUNT), remedy, {});
    expect(inventory.all('AWS::S3::Bucket')).toHaveLength(1);
    expect(inventory.all('AWS::EC2::Volume')).toEqual([]);
  });
});
