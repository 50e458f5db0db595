import {
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  NoSuchEntityException,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import type { LivePolicy, PolicyVersion } from '../../core/remediation/model/remedy.ts';
import type { Policies } from '../../core/remediation/policy-drift/drift.ts';
import { documentIn, type PolicyRef, roleAndPolicy } from '../../core/remediation/policy-drift/policy-document.ts';
import type { Clients } from './clients.ts';

/** The IAM actions that {@link iamPolicies} calls. */
export const POLICY_PERMISSIONS = ['iam:GetPolicyVersion', 'iam:GetRole', 'iam:GetRolePolicy', 'iam:ListPolicyVersions'] as const;

/** Thrown if IAM returns no policy document, or an invalid one. */
export class NoDocumentError extends Error {
  override readonly name = 'NoDocumentError';
}

/** Access to the accounts in which policies are read. */
export interface PoliciesPlace {
  readonly clientsFor: (accountId: string) => Promise<Clients>;
  readonly globalRegion: string;
}

/** Returns the reader of policies from IAM. */
export function iamPolicies({ clientsFor, globalRegion }: PoliciesPlace): Policies {
  const clientIn = async ({ accountId }: PolicyRef): Promise<IAMClient> => (await clientsFor(accountId))(IAMClient, globalRegion);
  return {
    read: async (resource) => READ[resource.resourceType](resource, await clientIn(resource)),
    readVersion: async (resource, versionId) => versionOf(resource.resourceId, versionId, await clientIn(resource)),
  };
}

type Read = (resource: PolicyRef, client: IAMClient) => Promise<LivePolicy | undefined>;

const READ: Readonly<Record<PolicyRef['resourceType'], Read>> = {
  'AWS::IAM::Policy': readManaged,
  'AWS::IAM::RolePolicy': readInline,
  'AWS::IAM::Role': async (resource, client) => {
    const trust = await trustOf(resource, client);
    return trust === undefined ? undefined : { document: decoded(trust, resource) };
  },
};

/** Reads a managed policy. Skips a version that is deleted during the read, because it cannot be the default version. */
async function readManaged({ resourceId: PolicyArn }: PolicyRef, client: IAMClient): Promise<LivePolicy | undefined> {
  const versions: PolicyVersion[] = [];
  const isThere = await unlessAbsent(async () => {
    for await (const { Versions = [] } of paginateListPolicyVersions({ client }, { PolicyArn })) {
      for (const { VersionId: versionId, IsDefaultVersion: isDefault = false } of Versions) {
        const document = versionId && (await versionOf(PolicyArn, versionId, client));
        if (versionId && document) versions.push({ versionId, isDefault, document });
      }
    }
    return true;
  });
  if (!isThere) return undefined;
  const current = versions.find(({ isDefault }) => isDefault);
  if (!current) throw new NoDocumentError(`IAM returned no default version of ${PolicyArn}`);
  return { document: current.document, versions };
}

async function versionOf(PolicyArn: string, VersionId: string, client: IAMClient): Promise<string | undefined> {
  const answer = await unlessAbsent(() => client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })));
  return answer && decoded(answer.PolicyVersion?.Document, { resourceId: `${PolicyArn} ${VersionId}` });
}

/** Reads an inline policy. If the role has no such policy, the result has no document. If the role is gone, the result is `undefined`. */
async function readInline(resource: PolicyRef, client: IAMClient): Promise<LivePolicy | undefined> {
  const { role: RoleName, policy: PolicyName } = roleAndPolicy(resource);
  const answer = await unlessAbsent(() => client.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
  if (answer) return { document: decoded(answer.PolicyDocument, resource) };
  return (await trustOf(resource, client)) === undefined ? undefined : {};
}

/** Returns the encoded trust policy of a role. Returns `undefined` if the role does not exist. */
async function trustOf(resource: PolicyRef, client: IAMClient): Promise<string | undefined> {
  const { role: RoleName } = roleAndPolicy(resource);
  const answer = await unlessAbsent(() => client.send(new GetRoleCommand({ RoleName })));
  return answer && (answer.Role?.AssumeRolePolicyDocument ?? '');
}

async function unlessAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

/** Decodes a document, because IAM returns it URL-encoded. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html */
function decoded(document: string | undefined, { resourceId }: Pick<PolicyRef, 'resourceId'>): string {
  const text = documentIn(decodeURIComponent(document ?? ''));
  if (text === undefined) throw new NoDocumentError(`IAM returned no valid policy document of ${resourceId}`);
  return text;
}
