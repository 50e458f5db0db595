/** Tests that package.json, the workflows, the README and the code agree. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/build/bundle.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json'));
const workflows = readdirSync(join(ROOT, '.github/workflows')).map((file) => [file, read(`.github/workflows/${file}`)] as const);

const CODE = ['bin', 'lib', 'lambdas', 'controls', 'core', 'adapters', 'reporting', 'cli', 'scripts', 'test'];

/** Development tools that a script or a configuration file calls, and no code imports. */
const TOOLS: Readonly<Record<string, { readonly file: string; readonly call: string }>> = {
  '@biomejs/biome': { file: 'package.json', call: 'biome check' },
  'aws-cdk': { file: 'package.json', call: 'cdk synth' },
  'dependency-cruiser': { file: 'package.json', call: 'depcruise' },
  tsx: { file: 'cdk.json', call: '--import tsx' },
  typescript: { file: 'package.json', call: 'tsc -p' },
};

describe('the dependencies', () => {
  it('are all needed: some file imports them, or a script calls them', () => {
    const code = CODE.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(ts|mjs)$/.test(file))
        .map((file) => read(join(folder, file))),
    ).join('\n');
    const isUsed = (name: string): boolean => {
      const tool = TOOLS[name];
      if (tool) return read(tool.file).includes(tool.call);
      const types = /^@types\/(.+)$/.exec(name)?.[1];
      return (types === 'node' ? ['node:fs'] : [types ?? name]).some(
        (module) => code.includes(`from '${module}'`) || code.includes(`from '${module}/`) || code.includes(`resolve('${module}/`),
      );
    };
    expect(Object.keys(manifest.devDependencies).filter((name) => !isUsed(name))).toEqual([]);
    expect(manifest).not.toHaveProperty('dependencies');
  });

  it('have exact versions', () => {
    for (const version of Object.values(manifest.devDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('have one version of the AWS SDK, and one copy of its core', () => {
    const clients = Object.entries<string>(manifest.devDependencies).filter(([name]) => /^@aws-sdk\/(client-|lib-|credential)/.test(name));
    // The registry has no 3.1107.0 of these four: their newest version below it.
    const others = {
      '@aws-sdk/client-backup': '3.1092.0',
      '@aws-sdk/client-dax': '3.1106.0',
      '@aws-sdk/client-elastic-load-balancing': '3.1075.0',
      '@aws-sdk/client-fsx': '3.1098.0',
    };
    expect(Object.fromEntries(clients.filter(([, version]) => version !== '3.1107.0'))).toEqual(others);
    for (const name of ['@smithy/core', '@aws-sdk/core']) {
      expect(Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`))).toEqual([`node_modules/${name}`]);
    }
  });

  it('are locked without the address of a registry', () => {
    const resolved = Object.values<{ resolved?: string }>(lock.packages).flatMap((entry) => entry.resolved ?? []);
    expect(resolved.filter((address) => !address.startsWith('https://registry.npmjs.org/'))).toEqual([]);
  });
});

describe('the workflows', () => {
  it('run the same versions of Node.js that engines and the README name', () => {
    const { jobs } = parse(read('.github/workflows/check.yml'));
    const versions: number[] = jobs.check.strategy.matrix.node;
    expect(versions).toEqual([20, 22, 24]);
    expect(manifest.engines.node).toBe(`>=${Math.min(...versions)}`);
    expect(read('README.md')).toContain(`Node.js ${versions.slice(0, -1).join(', ')} or ${versions.at(-1)}`);
    expect(read('scripts/build/bundle.ts')).toContain(`target: 'node${Math.min(...versions)}'`);
  });

  it.each(workflows)('%s pins every action by commit, names its version, and may only read', (_, text) => {
    const uses = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect(parse(text).permissions).toEqual({ contents: 'read' });
  });

  it('run .ci/run in the check', () => {
    expect(read('.github/workflows/check.yml')).toContain('run: bash .ci/run');
  });
});
