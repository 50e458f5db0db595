import { createHmac } from 'node:crypto';
import type { OperatorContext, StoppingContext } from '../../core/remediation/commands/requests.ts';
import type { Remediation } from '../../core/remediation/model/record.ts';
import { type Seal, sealed } from '../../core/remediation/seals.ts';
import type { RemediationDocument } from '../../core/settings/document.ts';

/** Seals with keys of this process. */

const sealOf = (key: string): Seal => {
  const make = async (text: string) => createHmac('sha256', key).update(text).digest('base64');
  return { make, holds: async (text, mac) => (await make(text)) === mac };
};

export const SEALS = { engine: sealOf('engine'), people: sealOf('people') } as const;

/** A remediation as the engine stores it. */
export const stored = (remediation: Remediation): Promise<Remediation> => sealed(remediation, SEALS);

/** A verified caller of the command function. */
export const asOperator = <T extends StoppingContext>(asking: T, settings?: RemediationDocument): T & OperatorContext => ({
  ...asking,
  userId: 'AIDA',
  requestId: 'request',
  seals: SEALS,
  readSettings: async () => settings,
});

/** A request of a person whose seal does not matter. */
export const signedBy = (by: string, at: string) => ({ by, userId: 'AIDA', at, requestId: 'request', mac: 'mac' });
