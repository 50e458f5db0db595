import { canonical } from '../pipeline/collect.ts';
import type { Remediation, Signature } from './model/record.ts';

/**
 * Seals: message authentication codes over what is stored. The table can be written by more than csmm's functions, for example by an
 * administrator or a stolen role. csmm acts only on executions that the engine has recorded, and on requests that the command function has
 * accepted. Neither function can make the seal of the other.
 */

/** A key for message authentication codes. Every method throws if the answer is not certain. */
export interface Seal {
  make(text: string): Promise<string>;
  /** Whether the code was made over this text with this key. */
  holds(text: string, mac: string): Promise<boolean>;
}

export interface Seals {
  /** Key of the function that starts runbooks. */
  readonly engine: Seal;
  /** Key of the function that accepts requests of people. */
  readonly people: Pick<Seal, 'holds'>;
}

/** A request of a person about one remediation, as its seal names it. */
export type SignedRequest =
  | { readonly verb: 'approve'; readonly id: string; readonly stateHash: string }
  | { readonly verb: 'rollback'; readonly id: string }
  | { readonly verb: 'exempt'; readonly id: string; readonly until: string; readonly reason: string };

type Unsealed = Omit<Signature, 'mac'>;

/** Returns the text that the command function seals: the request, and who made it. */
export const requestText = (request: SignedRequest, { by, userId, at, requestId }: Unsealed): string =>
  canonical({ ...request, by, userId, at, requestId });

/** Returns the text that the engine seals: the executions of a remediation, with its ID and its resource. */
const executionsText = ({ id, controlId, resource, execution, attempts }: Remediation): string =>
  canonical({ id, controlId, resource, execution, attempts });

const hasExecutions = ({ execution, attempts }: Remediation): boolean => execution !== undefined || attempts.length > 0;

/** Returns the remediation with the seal of its executions. Without an execution it needs no seal. */
export async function sealed(remediation: Remediation, { engine }: Pick<Seals, 'engine'>, previous?: Remediation): Promise<Remediation> {
  const { seal: _, ...unsealed } = remediation;
  if (!hasExecutions(remediation)) return unsealed;
  const text = executionsText(remediation);
  const isSame = previous?.seal !== undefined && executionsText(previous) === text;
  return { ...unsealed, seal: isSame ? previous.seal : await engine.make(text) };
}

/**
 * Returns the reason why csmm must not act on a stored remediation: the field that neither the engine nor the command function has
 * written. Returns `undefined` if all seals hold.
 *
 * @throws if a seal cannot be verified now.
 */
export async function whyCorrupt(remediation: Remediation, seals: VerifyingSeals): Promise<string | undefined> {
  const [executions, ...requests] = await Promise.all([
    holdExecutions(remediation, seals),
    ...requestsIn(remediation).map(async ([field, request, signature]) => ({
      field,
      holds: typeof signature.mac === 'string' && (await seals.people.holds(requestText(request, signature), signature.mac)),
    })),
  ]);
  if (!executions) return 'its executions are not those that csmm recorded';
  const broken = requests.find(({ holds }) => !holds);
  return broken && `its ${broken.field} was not accepted by the command function`;
}

type VerifyingSeals = { readonly [name in keyof Seals]: Pick<Seal, 'holds'> };

const holdExecutions = async (remediation: Remediation, { engine }: VerifyingSeals): Promise<boolean> =>
  !hasExecutions(remediation) || (remediation.seal !== undefined && (await engine.holds(executionsText(remediation), remediation.seal)));

/** Returns the requests of people in a remediation. One that waits for a rollback must have such a request. */
function requestsIn(remediation: Remediation): (readonly [field: string, request: SignedRequest, signature: Signature])[] {
  const { id, status, approval, rollbackAsked, exemption } = remediation;
  const absent: Signature = { by: '', userId: '', at: '', requestId: '', mac: '' };
  return [
    ...(approval
      ? [approval, ...(approval.first ? [approval.first] : [])].map(
          (signature) => ['approval', { verb: 'approve', id, stateHash: approval.stateHash }, signature] as const,
        )
      : []),
    ...(rollbackAsked || status === 'ROLLBACK_REQUESTED'
      ? [['rollback request', { verb: 'rollback', id }, rollbackAsked ?? absent] as const]
      : []),
    ...(exemption ? [['exemption', { verb: 'exempt', id, until: exemption.until, reason: exemption.reason }, exemption] as const] : []),
  ];
}
