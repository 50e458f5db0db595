import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { synthesisOf } from '../../support/synthesis.ts';
import { SYNTHESES } from './syntheses.ts';
import type { Values } from './values.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder in which the deployments of this test run note what their roles may do and have done. */
    permissionsFolder: string;
  }
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

type Resources = Readonly<Record<string, Resource>>;

/** Synthesized stacks: what their templates make, and where their functions' bundles lie. */
export interface Assembly {
  /** By logical id; those of another stack than the main one have its name and a dot before theirs. */
  readonly resources: Resources;
  /** The file that a function's code is loaded from, unmodified. */
  bundleOf(functionId: string): string;
  /** The organization of all accounts; undefined if the assembly is for one account. */
  readonly organizationId: string | undefined;
  /** The template that the stack set deploys to members, in its home Region, and the values of its parameters. */
  memberTemplate(values: Values): MemberTemplate;
  /** The folder for what the roles may do and have done. */
  readonly permissionsFolder: string;
}

export interface MemberTemplate {
  readonly assembly: Assembly;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface SynthesisOptions {
  /** Whether the assembly has the stack that remediates failing controls. @default false */
  readonly remediation?: boolean;
  /** Whether the assembly is for an organization, with a key of the account for the tables. @default false */
  readonly organization?: boolean;
}

interface Template {
  readonly Resources: Resources;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

/** Returns the app as it was synthesized for this test run. */
export async function synthesize({ remediation = false, organization = false }: SynthesisOptions = {}): Promise<Assembly> {
  const name = remediation ? 'remediation' : organization ? 'organization' : 'default';
  const { assets: outdir, templates } = await synthesisOf(name);
  const read = (file: string) => JSON.parse(readFileSync(join(templates, file), 'utf8'));
  const main: Template = read('Csmm.template.json');
  const others = remediation ? ['Csmm-Remediation'] : [];
  const resources = Object.assign({}, main.Resources, ...others.map((name) => joined(name, read(`${name}.template.json`), main)));
  const assets = Object.assign({}, ...['Csmm', ...others].map((name) => read(`${name}.assets.json`).files));
  return {
    resources,
    bundleOf: (functionId) => {
      const { S3Key } = resources[functionId].Properties.Code;
      const asset = assets[S3Key.replace(/\.zip$/, '')];
      return join(outdir, asset.source.path, `${String(resources[functionId].Properties.Handler).split('.')[0]}.mjs`);
    },
    organizationId: organization ? SYNTHESES.organization.organizationId : undefined,
    memberTemplate: (values) => memberTemplateOf(resources, values),
    permissionsFolder: inject('permissionsFolder'),
  };
}

/** Resources that a stack set deploys in its home Region: a condition of the template asks only for them. */
function memberTemplateOf(resources: Resources, values: Values): MemberTemplate {
  const stackSet = Object.values(resources).find(({ Type }) => Type === 'AWS::CloudFormation::StackSet');
  if (!stackSet) throw new Error('the template has no stack set');
  const { TemplateBody, Parameters } = stackSet.Properties as {
    TemplateBody: string;
    Parameters: { ParameterKey: string; ParameterValue: unknown }[];
  };
  const none = (): never => {
    throw new Error('the member template has no functions');
  };
  return {
    assembly: {
      resources: (JSON.parse(TemplateBody) as Template).Resources,
      bundleOf: none,
      memberTemplate: none,
      organizationId: undefined,
      permissionsFolder: '',
    },
    parameters: Object.fromEntries(Parameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, values.text(ParameterValue)])),
  };
}

/** The resources of a stack under ids that are its own, which refer to those of the main stack as if they were in it. */
function joined(stack: string, { Resources: own }: Template, main: Template): Resources {
  const exported = new Map(Object.values(main.Outputs ?? {}).map(({ Value, Export }) => [Export?.Name, Value]));
  const idOf = (id: string): string => (Object.hasOwn(own, id) ? `${stack}.${id}` : id);
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported } = value as Readonly<Record<string, unknown>>;
    if (typeof Ref === 'string') return { Ref: idOf(Ref) };
    if (Array.isArray(attribute)) return { 'Fn::GetAtt': [idOf(String(attribute[0])), attribute[1]] };
    if (imported === undefined) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inside(member)]));
    const found = exported.get(String(imported));
    if (found === undefined) throw new Error(`${stack} imports ${String(imported)}, which the main stack does not export`);
    return found;
  };
  return Object.fromEntries(Object.entries(own).map(([id, resource]) => [idOf(id), inside(resource) as Resource]));
}

/** The ids of the resources of one type. */
export const idsOf = ({ resources }: Assembly, type: string): string[] =>
  Object.keys(resources).filter((id) => resources[id]?.Type === type);

/** @throws Error if the template has no such resource. */
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
