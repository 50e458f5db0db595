import { createHash } from 'node:crypto';
import { GenerateMacCommand, type KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import type { Seal } from '../../core/remediation/seals.ts';

const ALGORITHM = 'HMAC_SHA_256';

/**
 * Returns a seal with an HMAC key of KMS. KMS takes at most 4,096 bytes, so the code is over the SHA-256 of the text.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
 */
export function kmsSeal(client: KMSClient, keyId: string): Seal {
  const messageOf = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  return {
    make: async (text) => {
      const { Mac } = await client.send(new GenerateMacCommand({ KeyId: keyId, MacAlgorithm: ALGORITHM, Message: messageOf(text) }));
      if (!Mac) throw new Error('KMS returned no message authentication code');
      return Buffer.from(Mac).toString('base64');
    },
    holds: async (text, mac) => {
      const code = Buffer.from(mac, 'base64');
      // KMS rejects a code of another length as an invalid request, which is not an answer to the question.
      if (code.length !== 32) return false;
      try {
        const command = new VerifyMacCommand({ KeyId: keyId, MacAlgorithm: ALGORITHM, Message: messageOf(text), Mac: code });
        return (await client.send(command)).MacValid === true;
      } catch (error) {
        if (error instanceof KMSInvalidMacException) return false;
        throw error;
      }
    },
  };
}
