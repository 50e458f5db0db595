import { createHash } from 'node:crypto';
import { GetDocumentCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { parse } from 'yaml';
import { canonical } from '../../core/pipeline/collect.ts';

/** SHA-256 of the content of each runbook of this release, by name. */
export type RunbookDigests = Readonly<Record<string, string>>;

/** A version of a document that has the content of this release. A version never changes. */
export interface PinnedDocument {
  readonly version: string;
  /** Names of its parameters. */
  readonly parameters: readonly string[];
}

/** Thrown if the newest version of a runbook does not have the content of this release, so that csmm must not start it. */
export class OtherDocumentError extends Error {
  override readonly name = 'OtherDocumentError';
}

/** Thrown if the runbook is being created, updated or deleted, so csmm does not know whether it can run. */
export class NotActiveError extends Error {
  override readonly name = 'NotActiveError';
}

/** Returns the SHA-256 of a document as a structure: comments, quotes and the order of keys do not matter. */
export const digestOf = (text: string): string =>
  createHash('sha256')
    .update(canonical(parse(text)))
    .digest('hex');

/**
 * Returns the newest version of a runbook. A user of the account who can edit documents, but not IAM, could otherwise have any text run
 * with the role of the runbook.
 *
 * @throws OtherDocumentError, NotActiveError, or the error of SSM, such as `InvalidDocument`.
 */
export async function pinnedDocument(client: SSMClient, runbook: string, digests: RunbookDigests): Promise<PinnedDocument> {
  const {
    Status,
    Content = '',
    DocumentVersion = '',
  } = await client.send(new GetDocumentCommand({ Name: runbook, DocumentVersion: '$LATEST', DocumentFormat: 'YAML' }));
  if (Status !== 'Active') throw new NotActiveError(`the status of runbook ${runbook} is ${Status} (required: Active)`);
  if (!Object.hasOwn(digests, runbook) || readDigest(Content) !== digests[runbook] || !/^\d+$/.test(DocumentVersion)) {
    const fix = 'Fix: find out who changed it, and deploy the remediation stack of this release again';
    throw new OtherDocumentError(`version ${DocumentVersion} of runbook ${runbook} does not have the content of this release. ${fix}`);
  }
  const { parameters = {} } = parse(Content) as { readonly parameters?: object };
  return { version: DocumentVersion, parameters: Object.keys(parameters) };
}

/** Returns `undefined` if the text is not valid YAML. */
function readDigest(text: string): string | undefined {
  try {
    return digestOf(text);
  } catch {
    return undefined;
  }
}
