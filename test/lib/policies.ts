import type { Template } from 'aws-cdk-lib/assertions';
import type { Resource } from './synth.ts';

/** One action on one resource, as a policy of a role allows it. */
export interface Permission {
  /** Logical id of the policy or role. */
  readonly policy: string;
  readonly action: string;
  /** The resource as in the template: text, or a function of CloudFormation. */
  readonly resource: unknown;
  readonly condition: unknown;
}

type Json = Record<string, unknown>;

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** All that the roles of a template may do: by policies of their own, inline or managed. */
export function permissionsIn(template: Template): Permission[] {
  const resources = Object.entries(template.toJSON().Resources as Record<string, Resource>);
  return resources.flatMap(([policy, { Type, Properties }]) =>
    documentsOf(Type, Properties ?? {}).flatMap((document) =>
      listed((document as Json).Statement)
        .filter((statement) => (statement as Json).Effect === 'Allow')
        .flatMap((statement) => permissionsOf(policy, statement as Json)),
    ),
  );
}

function documentsOf(type: string, properties: Json): unknown[] {
  if (type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy') return [properties.PolicyDocument];
  return type === 'AWS::IAM::Role' ? listed(properties.Policies).map((policy) => (policy as Json).PolicyDocument) : [];
}

const permissionsOf = (policy: string, { Action, Resource, Condition, NotAction }: Json): Permission[] =>
  listed(NotAction === undefined ? Action : '*').flatMap((action) =>
    listed(Resource).map((resource) => ({ policy, action: String(action), resource, condition: Condition })),
  );

/** A resource as text, with a pseudo parameter as `<AWS::Partition>`; any other reference as `<logical id>`. */
export function textOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join, 'Fn::ImportValue': imported } = resource as Json;
  if (join) return (join as [string, unknown[]])[1].map(textOf).join((join as [string, unknown[]])[0]);
  if (imported !== undefined) return `<${textOf(imported)}>`;
  return `<${String(ref ?? (attribute as string[])[0])}>`;
}
