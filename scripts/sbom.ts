/**
 * Prints a CycloneDX bill of materials of the lock file. Packages with code in the command line or in a Lambda function have
 * the scope `required`. All others only build, deploy or test csmm, and have the scope `excluded`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { build } from 'esbuild';
import { BUNDLING } from '../lib/bundling.ts';
import { bundleProgram, ROOT } from './build/bundle.ts';
import { bundledPackages } from './build/packages.ts';

interface Component {
  readonly purl: string;
  name: string;
  version: string;
  scope?: string;
}

const options = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline', '--loglevel', 'error'];
const bom = JSON.parse(execFileSync('npm', options, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
const { metafile: functions } = await build({
  absWorkingDir: ROOT,
  entryPoints: readdirSync(`${ROOT}lambdas`).map((file) => `lambdas/${file}`),
  outdir: 'dist',
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  logLevel: 'error',
  format: BUNDLING.format,
  target: BUNDLING.target,
  mainFields: [...BUNDLING.mainFields],
});
const shipped = [await bundleProgram('dist', false), functions].flatMap((metafile) => bundledPackages(metafile, ROOT));
const required = new Set(shipped.map(({ name, version }) => `${name}@${version}`));
bom.metadata.component.name = 'csmm';
for (const component of bom.components as Component[]) {
  // npm names an overridden package by its alias. Its purl has the right name.
  component.name = decodeURIComponent(component.purl.replace(/^pkg:npm\/|@[^@]*$/g, ''));
  component.scope = required.delete(`${component.name}@${component.version}`) ? 'required' : 'excluded';
}
if (required.size > 0) throw new Error(`the lock file lacks packages that are bundled: ${[...required].join(', ')}`);
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
