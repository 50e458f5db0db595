import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, ROOT } from '../../scripts/build/bundle.ts';
import { type BundledPackage, bundledPackages, thirdPartyNotices } from '../../scripts/build/packages.ts';

let metafile: Metafile;
let packages: BundledPackage[];
beforeAll(async () => {
  metafile = await bundleProgram('dist', false);
  packages = bundledPackages(metafile, ROOT);
});

const { devDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));

/** Licenses that let anyone ship the code of a package under Apache-2.0. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

describe('the file that every command loads', () => {
  it('holds no AWS client and no parser of settings: they load with the commands that need them', () => {
    const loaded = new Set<string>();
    const load = (path: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const { path: imported, kind, external } of metafile.outputs[path]?.imports ?? []) {
        if (kind === 'import-statement' && !external) load(imported);
      }
    };
    load('dist/csmm.mjs');
    const inputs = [...loaded].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
    expect(inputs).toContain('bin/csmm.ts');
    expect(inputs.filter((input) => /node_modules\/(@aws-sdk|@smithy|ajv|yaml)\//.test(input))).toEqual([]);
  });
});

describe('the packages in the bundle', () => {
  it('have permissive licenses', () => {
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['@aws-sdk/client-ec2', 'ajv', 'commander', 'yaml']));
    expect(packages.filter(({ license }) => !PERMISSIVE.includes(license))).toEqual([]);
  });

  it('are all in the third-party notices, with version, license and its text', () => {
    const notices = thirdPartyNotices(packages);
    for (const { name, version, license, text } of packages) {
      expect(notices).toContain(`${name} ${version} (${license})\n`);
      expect(notices).toContain(text);
    }
  });
});

describe('npm run sbom', () => {
  it('prints a CycloneDX document that has every bundled package as required, and no path of this machine', () => {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', 'scripts/sbom.ts'], { cwd: ROOT, encoding: 'utf8' });
    const bom = JSON.parse(printed);
    expect(bom).toMatchObject({
      $schema: expect.stringMatching(/cyclonedx\.org\/schema\/bom-1\.\d\.schema\.json$/),
      bomFormat: 'CycloneDX',
      specVersion: expect.stringMatching(/^1\.\d$/),
      serialNumber: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
      version: 1,
      metadata: { component: { name: 'csmm', purl: expect.stringMatching(/^pkg:npm\/csmm@/) } },
    });
    for (const component of bom.components) {
      expect(component).toMatchObject({
        'bom-ref': expect.any(String),
        type: 'library',
        name: expect.any(String),
        version: expect.any(String),
        scope: expect.stringMatching(/^(required|excluded)$/),
        purl: `pkg:npm/${component.name.replace('@', '%40')}@${component.version}`,
      });
    }
    const refs = new Set([
      bom.metadata.component['bom-ref'],
      ...bom.components.map((component: { 'bom-ref': string }) => component['bom-ref']),
    ]);
    for (const { ref, dependsOn } of bom.dependencies) expect([ref, ...dependsOn].filter((each) => !refs.has(each))).toEqual([]);
    const required = new Set(
      bom.components.flatMap(({ scope, name, version }: Record<string, string>) => (scope === 'required' ? [`${name}@${version}`] : [])),
    );
    expect(packages.filter(({ name, version }) => !required.has(`${name}@${version}`))).toEqual([]);
    expect(required).toContain(`@aws-lambda-powertools/logger@${devDependencies['@aws-lambda-powertools/logger']}`);
    expect([...required].some((each) => String(each).startsWith('vitest@'))).toBe(false);
    expect(printed).not.toContain(ROOT);
  });
});
