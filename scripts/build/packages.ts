import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package with code in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression of its package.json. */
  readonly license: string;
  /** Text of its license and notice files; empty if it has none. */
  readonly text: string;
}

/** Returns the packages with code in a bundle, sorted by name and version. Leaves out files that contribute no byte. */
export function bundledPackages({ inputs, outputs }: Metafile, root: string): BundledPackage[] {
  const used = new Set(
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    ),
  );
  const folders = new Set(
    Object.keys(inputs).flatMap((file) => (used.has(file) ? [/^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? ''] : [])),
  );
  folders.delete('');
  const order = (one: BundledPackage, other: BundledPackage) =>
    `${one.name}@${one.version}`.localeCompare(`${other.name}@${other.version}`, 'en');
  return [...folders].map((folder) => packageAt(join(root, folder))).sort(order);
}

function packageAt(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort();
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()).join('\n\n');
  return { name, version, license: typeof license === 'string' ? license : '', text };
}

/** Returns the third-party notices of a bundle: each license text once, under the packages that it covers. */
export function thirdPartyNotices(packages: readonly BundledPackage[]): string {
  const parts = [...new Set(packages.map(({ text }) => text))].map((text) => {
    const covered = packages.filter((each) => each.text === text);
    const names = covered.map(({ name, version, license }) => `${name} ${version} (${license})`).join('\n');
    return `${names}\n\n${text || 'The package has no license file. Its package.json names the license above.'}`;
  });
  return `${['csmm contains code of these packages.', ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
