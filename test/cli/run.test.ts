import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { csmm } from './support.ts';

describe('csmm', () => {
  it('prints its version', async () => {
    expect(await csmm(['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it('explains its commands and exit codes with --help, on standard output', async () => {
    const { code, stdout, stderr } = await csmm(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of ['play', 'replay', 'score', 'controls', 'Exit codes', 'Examples']) expect(stdout).toContain(part);
  });

  it('shows the help on standard error, and exits with 2, where no command is given', async () => {
    expect(await csmm([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: csmm') });
  });

  it('suggests the command that was meant', async () => {
    expect(await csmm(['scroe'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean score?') });
  });
});
