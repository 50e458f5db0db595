import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readSettings } from '../../core/deployment/options.ts';
import { compose } from '../../lib/compose.ts';

const { context: flags } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

/** The whole app under these settings, without the bundling of functions. */
export function synthesize(settings: Readonly<Record<string, string>> = {}): { readonly app: App; template(stack: string): Template } {
  const app = new App({ context: { ...flags, 'aws:cdk:bundling-stacks': [] } });
  compose(app, { settings: readSettings((key) => settings[key]) });
  return {
    app,
    template: (name) => {
      const stack = app.node.tryFindChild(name);
      if (!(stack instanceof Stack)) throw new Error(`no stack ${name}`);
      return Template.fromStack(stack);
    },
  };
}

export type Resource = { readonly Type: string; readonly Properties: Record<string, unknown>; readonly [key: string]: unknown };

/** The resources of one type, by logical id. */
export const resourcesOf = (template: Template, type: string): Record<string, Resource> =>
  template.findResources(type) as Record<string, Resource>;

/** The logical id that a `Ref` or `Fn::GetAtt` names. */
export function target(reference: unknown): string {
  const { Ref: ref, 'Fn::GetAtt': attribute } = reference as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const id = ref ?? attribute?.[0];
  if (id === undefined) throw new Error(`not a reference: ${JSON.stringify(reference)}`);
  return id;
}

export interface Statement {
  readonly actions: readonly string[];
  /** `*` and other text as they are; references as the logical id that they name. */
  readonly resources: readonly string[];
  readonly condition: unknown;
}

/**
 * Characters, without blanks, that the inline policies of a role may have together.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MAX_INLINE_POLICY = 10_240;

/** Returns the actions that the policies of a role allow, by resource. */
export function allowed(template: Template, rolePrefix: string): Statement[] {
  return Object.values(resourcesOf(template, 'AWS::IAM::Policy'))
    .filter(({ Properties }) => (Properties.Roles as unknown[]).some((role) => target(role).startsWith(rolePrefix)))
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement)
    .filter(({ Effect }) => Effect === 'Allow')
    .map(({ Action, Resource, Condition }) => ({
      actions: [Action].flat() as string[],
      resources: (Array.isArray(Resource) ? Resource : [Resource]).map(nameOf),
      condition: Condition,
    }));
}

/** A resource in a policy: the text as `arn:<AWS::Partition>:…`, or the logical id. */
function nameOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const join = (resource as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  const { 'Fn::ImportValue': imported } = resource as { 'Fn::ImportValue'?: string };
  if (imported !== undefined) return imported;
  if (!join) return target(resource);
  return join[1].map((part) => (typeof part === 'string' ? part : `<${target(part)}>`)).join(join[0]);
}

/** The patterns of the rules that take changes of accounts: those on the ingest bus, or those on an account's default bus. */
export const changePatterns = (template: Template, isOn: 'ingest' | 'default'): unknown[] =>
  Object.values(resourcesOf(template, 'AWS::Events::Rule')).flatMap(({ Properties: { EventBusName, EventPattern } }) => {
    const isOwn = /aws\.cloud(formation|watch)/.test(JSON.stringify(EventPattern ?? 'aws.cloudformation'));
    return isOwn || (EventBusName !== undefined) !== (isOn === 'ingest') ? [] : [EventPattern];
  });
