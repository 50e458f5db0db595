import { describe, expect, it } from 'vitest';
import type { Reader } from '../../adapters/aws/readers/reader.ts';
import type { ReadTask } from '../../adapters/aws/scan.ts';
import { progressText } from '../../cli/scan-progress.ts';
import { readContext } from '../support/readers.ts';

const task = (id: string, region: string, scope: Reader['scope'] = 'region'): ReadTask => ({
  target: { accountId: '111111111111', clients: readContext().clients },
  region,
  reader: { id, scope, lists: [], permissions: [], refreshedBy: [], read: async function* () {} },
});
const at = { total: 57, done: 3, calls: 1812, elapsedMs: 72_400, running: [], throttledBy: [] };

describe('the progress of a scan', () => {
  it('counts calls and lists, and names the list that takes longest', () => {
    const running = [task('s3-buckets', 'us-east-1', 'account'), task('ec2-volumes', 'eu-west-1')];
    expect(progressText({ ...at, running })).toBe(
      '1,812 calls · 3 of 57 lists · 1:12 · reading s3-buckets in 111111111111 global and 1 more list',
    );
    expect(progressText({ ...at, running: running.slice(1) })).toMatch(/reading ec2-volumes in 111111111111 eu-west-1$/);
  });

  it('guesses no end', () => {
    expect(progressText({ ...at, done: 56 })).toBe('1,812 calls · 56 of 57 lists · 1:12');
  });

  it('says why it is slow', () => {
    expect(progressText({ ...at, throttledBy: ['s3', 'ec2'] })).toContain('slower, because AWS throttles s3, ec2');
  });
});
