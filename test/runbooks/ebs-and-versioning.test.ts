import { DisableEbsEncryptionByDefaultCommand, EC2Client, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, GetBucketVersioningCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../controls/remedies.ts';
import { type RunbookParameters, remedyFor } from '../../core/remediation/model/remedy.ts';
import { type ApiCall, type CallApi, InvalidAutomationExecutionParametersException, runAutomation } from '../support/automation.ts';
import { changesOf, closeLoop, type LoopAccount } from '../support/closed-loop.ts';
import { type Estate, inventoryOf } from '../support/control.ts';
import { useMoto } from '../support/moto.ts';
import { runbookText } from '../support/runbooks.ts';

describe('the remedy of STR-L2-01', () => {
  const planOf = (estate: Estate) => {
    const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' };
    return remedyFor(REMEDIES, 'STR-L2-01', resource)?.plan({ resource, inventory: inventoryOf(estate), declared: {} });
  };

  it.each(['Off', 'Suspended', 'Enabled'])('tells that versioning is %s', (versioning) => {
    const parameters = { BucketName: ['orders'], PreviousVersioning: [versioning] };
    expect(planOf({ 'AWS::S3::Bucket': { orders: { versioning } } })).toEqual({
      kind: 'run',
      parameters,
      changes: [{ what: 'versioning', before: versioning, after: 'Enabled' }],
    });
  });

  it('cannot run where versioning was not read', () => {
    expect(planOf({ 'AWS::S3::Bucket': { orders: {} } })).toEqual({ kind: 'cannot', reason: expect.stringMatching(/\S/) });
  });
});

it('CMP-L1-01 is put right by what may stop something that works', () => {
  expect(remedyFor(REMEDIES, 'CMP-L1-01', { resourceType: 'AWS::EC2::EBSEncryptionByDefault' })).toMatchObject({ risk: 'disruptive' });
});

const run = (runbook: string, parameters: RunbookParameters, call: CallApi) =>
  runAutomation(
    runbookText(runbook),
    { AutomationAssumeRole: ['arn:aws:iam::111111111111:role/csmm-remediation'], ...parameters },
    { call },
  );

/** Responses that return the previous value for some reads after a write. */
function lagging(looks: number, before: object, after: object): { readonly call: CallApi; readonly pass: () => Promise<void> } {
  let left = Number.POSITIVE_INFINITY;
  return {
    call: async (_, api) => {
      if (!api.startsWith('Get')) left = looks;
      return api.startsWith('Get') ? (left > 0 ? before : after) : {};
    },
    pass: async () => {
      left--;
    },
  };
}

describe('a runbook whose change is not seen at once', () => {
  it.each<[string, RunbookParameters, object, object]>([
    ['CSMM-EnableBucketVersioning', { BucketName: ['orders'], PreviousVersioning: ['Off'] }, {}, { Status: 'Enabled' }],
    [
      'CSMM-EnableBucketVersioning-Undo',
      { BucketName: ['orders'], PreviousVersioning: ['Off'] },
      { Status: 'Enabled' },
      { Status: 'Suspended' },
    ],
    [
      'CSMM-EnableEbsEncryptionByDefault',
      {},
      { EbsEncryptionByDefault: false, KmsKeyId: 'alias/aws/ebs' },
      { EbsEncryptionByDefault: true, KmsKeyId: 'alias/aws/ebs' },
    ],
    [
      'CSMM-EnableEbsEncryptionByDefault-Undo',
      { PreviousEncryption: ['false'], NewKey: ['alias/aws/ebs'] },
      { EbsEncryptionByDefault: true, KmsKeyId: 'alias/aws/ebs' },
      { EbsEncryptionByDefault: false, KmsKeyId: 'alias/aws/ebs' },
    ],
  ])('%s waits for it', async (runbook, parameters, before, after) => {
    const { call, pass } = lagging(1, before, after);
    const given = { AutomationAssumeRole: ['arn:aws:iam::111111111111:role/csmm-remediation'], ...parameters };
    expect(await runAutomation(runbookText(runbook), given, { call, pause: pass })).toMatchObject({ status: 'Success' });
  });
});

describe('CSMM-EnableBucketVersioning-Undo', () => {
  const enabled: CallApi = async () => ({ Status: 'Enabled' });

  it('changes nothing where versioning was on before', async () => {
    const undone = await run('CSMM-EnableBucketVersioning-Undo', { BucketName: ['orders'], PreviousVersioning: ['Enabled'] }, enabled);
    expect(undone.status).toBe('Success');
    expect(changesOf(undone)).toEqual([]);
  });

  it('does not start without a status that it knows', async () => {
    const parameters = { BucketName: ['orders'], PreviousVersioning: ['{{ BucketName }}'] };
    await expect(run('CSMM-EnableBucketVersioning-Undo', parameters, enabled)).rejects.toThrow(
      InvalidAutomationExecutionParametersException,
    );
  });
});

const bucketOf = ({ accountId }: LoopAccount): string => `records-${accountId}`;

async function makeBucket(account: LoopAccount): Promise<void> {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
  await account.client(S3Client).send(new CreateBucketCommand({ Bucket: bucketOf(account), CreateBucketConfiguration }));
}

async function setVersioning(account: LoopAccount, Status: 'Enabled' | 'Suspended'): Promise<void> {
  const given = { Bucket: bucketOf(account), VersioningConfiguration: { Status } };
  await account.client(S3Client).send(new PutBucketVersioningCommand(given));
}

const versioningOf = async (account: LoopAccount): Promise<unknown> =>
  (await account.client(S3Client).send(new GetBucketVersioningCommand({ Bucket: bucketOf(account) }))).Status ?? 'Suspended';

describe.skipIf(!useMoto())('CSMM-EnableBucketVersioning', () => {
  const loop = { controlId: 'STR-L2-01', runbook: 'CSMM-EnableBucketVersioning', previous: versioningOf };

  it('turns on versioning of a bucket that never had any', async () => {
    const { first, again, undo, parameters, account, statuses } = await closeLoop({ ...loop, seed: makeBucket });
    expect(parameters).toMatchObject({ BucketName: [bucketOf(account)], PreviousVersioning: ['Off'] });
    expect(first.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'read Success',
      'check Failed',
      'enable Success',
      'settle Success',
      'verify Success',
    ]);
    expect(again.steps.map(({ name }) => name)).toEqual(['read', 'check', 'verify']);
    expect(undo && changesOf(undo)).toEqual(['s3:PutBucketVersioning']);
    expect(statuses).toEqual({ before: 'FAILED', after: 'PASSED' });
  });

  it('turns on versioning that was suspended', async () => {
    const seed = async (account: LoopAccount) => {
      await makeBucket(account);
      await setVersioning(account, 'Enabled');
      await setVersioning(account, 'Suspended');
    };
    await closeLoop({ ...loop, seed });
  });

  it('does not close the loop where the change is lost, or where nobody sees it', async () => {
    const standIn = async () => ({});
    const lost = { ...loop, seed: makeBucket, standIn: ({ api }: ApiCall) => (api === 'PutBucketVersioning' ? standIn() : undefined) };
    await expect(closeLoop(lost)).rejects.toThrow('CSMM-EnableBucketVersioning: verify: $.Status finds nothing');
    await expect(closeLoop({ ...loop, seed: makeBucket, previous: standIn })).rejects.toThrow('previous() sees');
    await expect(closeLoop({ ...loop, seed: async () => {} })).rejects.toThrow('status of STR-L2-01');
  });
});

describe.skipIf(!useMoto())('CSMM-EnableEbsEncryptionByDefault', () => {
  it('turns on the encryption of new volumes', async () => {
    const seed = ({ client }: LoopAccount) => client(EC2Client).send(new DisableEbsEncryptionByDefaultCommand({}));
    const previous = async ({ client }: LoopAccount) =>
      (await client(EC2Client).send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault;
    // The emulator has no default key.
    const standIn = ({ api }: ApiCall) => (api === 'GetEbsDefaultKmsKeyId' ? Promise.resolve({ KmsKeyId: 'alias/aws/ebs' }) : undefined);
    const { first } = await closeLoop({ controlId: 'CMP-L1-01', runbook: 'CSMM-EnableEbsEncryptionByDefault', seed, previous, standIn });
    expect(first.outputs).toEqual({ 'read.PreviousEncryption': ['false'], 'readKey.NewKey': ['alias/aws/ebs'] });
  });
});
