import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

/** A synthesized stack: its template, and where its functions' bundles lie. */
export interface Assembly {
  readonly resources: Readonly<Record<string, Resource>>;
  /** The file that a function's code is loaded from, unmodified. */
  bundleOf(functionId: string): string;
  remove(): void;
}

/** Synthesizes the app as `npx cdk synth` does, in its default configuration. */
export function synthesize(): Assembly {
  // Inside the project, so that the bundles find the AWS SDK that the Lambda runtime would give them.
  const outdir = mkdtempSync(join(ROOT, 'cdk.out.e2e-'));
  execFileSync(process.execPath, ['--import', 'tsx', join(ROOT, 'bin/app.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: outdir },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const read = (file: string) => JSON.parse(readFileSync(join(outdir, file), 'utf8'));
  const { Resources: resources } = read('Csmm.template.json');
  const assets = read('Csmm.assets.json').files;
  return {
    resources,
    bundleOf: (functionId) => {
      const { S3Key } = resources[functionId].Properties.Code;
      const asset = assets[S3Key.replace(/\.zip$/, '')];
      return join(outdir, asset.source.path, `${String(resources[functionId].Properties.Handler).split('.')[0]}.mjs`);
    },
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}

/** The ids of the stack's resources of one type. */
export const idsOf = ({ resources }: Assembly, type: string): string[] =>
  Object.keys(resources).filter((id) => resources[id]?.Type === type);

/** @throws Error where the template has no such resource. */
export function propertiesOf({ resources }: Assembly, id: string): Record<string, unknown> {
  const resource = resources[id];
  if (!resource) throw new Error(`the template has no resource ${id}`);
  return resource.Properties;
}

/** The logical id that a `Ref` or `Fn::GetAtt` points to. */
export function target(reference: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = reference as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const id = Ref ?? attribute?.[0];
  if (!id) throw new Error(`${JSON.stringify(reference)} refers to nothing in the template`);
  return id;
}
