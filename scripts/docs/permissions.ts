import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { compose } from '../../lib/compose.ts';
import { readSettings } from '../../lib/deployment-options.ts';
import { WILDCARDS } from '../../lib/least-privilege.ts';
import { renderRemediationTemplate } from '../../lib/remediation-member-stack.ts';
import { actionsOf, companionsOf } from '../../lib/runbooks/permissions.ts';
import { readRunbooks } from '../../lib/runbooks/read.ts';
import { WITHOUT_RESOURCES } from '../../lib/runbooks/resources.ts';
import { code, codes, table } from './markdown.ts';

type Json = Record<string, unknown>;

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Json }>>;
}

interface Permission {
  /** Who may, as a logical id or a principal. */
  readonly who: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: string;
  readonly when: string;
}

const HOME = { homeRegion: 'eu-west-1', regions: 'us-east-1' };
const ORGANIZATION = { ...HOME, organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'r-ab12' };

/** Every permission of a deployment, read from the synthesized templates of both modes. */
export function renderPermissions(): string {
  const alone = synthesize({ ...HOME, customerManagedKey: 'true', remediation: 'true' });
  const organization = synthesize({ ...ORGANIZATION, remediation: 'true' });
  const runbooks = readRunbooks();
  return [
    '### In the account of the deployment',
    permissionTable(ofBothModes(permissionsOf(alone.Csmm, keyOnly), permissionsOf(organization.Csmm, inOrganization))),
    '### In another Region of the same account (stack `Csmm-Forward-<region>`)',
    permissionTable(permissionsOf(alone['Csmm-Forward-us-east-1'], () => '')),
    '### In every member account (stack set `csmm-member`)',
    permissionTable(permissionsOf(memberTemplate(organization.Csmm), (id) => (id.startsWith('ReadRole') ? 'home Region only' : ''))),
    '### Wildcards',
    table(
      ['actions', 'resource', 'why it cannot be narrower'],
      Object.values(WILDCARDS).map(({ actions, resource, reason }) => [codes(actions), code(plain(resource)), reason]),
    ),
    REMEDIATION_HEADING,
    'All of this stands only where the deployment was made with `remediation=true`. The role of a runbook may do what its steps call, which is read from the runbook itself.',
    '#### In the account of the deployment (stack `Csmm-Remediation`)',
    permissionTable(
      ofBothModes(
        permissionsOf(withoutRoles(alone['Csmm-Remediation']), keyOnly),
        permissionsOf(organization['Csmm-Remediation'], inOrganization),
      ),
    ),
    '#### In another Region of the same account (stack `Csmm-Runbooks-<region>`)',
    permissionTable(permissionsOf(alone['Csmm-Runbooks-us-east-1'], () => '')),
    '#### In every account that is put right (stack set `csmm-remediation`; in one account the stack `Csmm-Remediation`, without the role to read)',
    permissionTable(
      permissionsOf(JSON.parse(renderRemediationTemplate(runbooks)), (id) => (id.startsWith('Forwarding') ? '' : 'home Region only')),
    ),
    '#### What a call needs beside its own action',
    table(
      ['for', 'may', 'on', 'if', 'why'],
      companionsOf([...new Set(runbooks.flatMap(actionsOf))].sort()).map(([action, { actions, resources, conditions = {}, reason }]) => [
        code(action),
        codes(actions),
        codes(resources.map((resource) => resource.replace('ACCOUNT', '<AccountId>'))),
        codes(Object.entries(conditions).map(([key, value]) => `${key} = ${value}`)),
        reason,
      ]),
    ),
    '#### Without resource-level permission',
    'AWS allows these actions on everything or not at all. Each is of the account, in the Region in which it is called.',
    codes([...WITHOUT_RESOURCES].filter((action) => runbooks.some((runbook) => actionsOf(runbook).includes(action))).sort()),
  ].join('\n\n');
}

/** What only a deployment that can put controls right may do stands below this line. */
export const REMEDIATION_HEADING = '### With remediation';

const inOrganization = (): string => 'in an organization';

/** What stands in one account, what in an organization, and what in both, each once. */
function ofBothModes(alone: readonly Permission[], organization: readonly Permission[]): Permission[] {
  const common = new Set(organization.map(fingerprint));
  const inAccount = alone.map((permission) =>
    permission.when === '' && !common.has(fingerprint(permission))
      ? { ...permission, when: 'unless a delegated administrator deploys' }
      : permission,
  );
  const known = new Set(inAccount.map(fingerprint));
  return [...inAccount, ...organization.filter((permission) => !known.has(fingerprint(permission)))];
}

/** The stack without the roles that stand in every account, and are told of there. */
const withoutRoles = (template: Template | undefined): Template => ({
  Resources: Object.fromEntries(Object.entries(template?.Resources ?? {}).filter(([id]) => !id.startsWith('Roles'))),
});

/** Templates by stack name. Functions are not bundled: their code has no part in what they may do. */
function synthesize(settings: Readonly<Record<string, string>>): Readonly<Record<string, Template>> {
  const outdir = mkdtempSync(join(tmpdir(), 'csmm-docs-'));
  try {
    const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
    const app = new App({ outdir, context: { ...context, 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
    compose(app, { settings: readSettings((key) => settings[key]) });
    return Object.fromEntries(app.synth().stacks.map(({ stackName, template }) => [stackName, template]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function memberTemplate(template: Template | undefined): Template | undefined {
  const stackSet = Object.values(template?.Resources ?? {}).find(({ Type }) => Type === 'AWS::CloudFormation::StackSet');
  return stackSet && JSON.parse(String(stackSet.Properties.TemplateBody));
}

const keyOnly = (_: string, actions: readonly string[]): string =>
  actions.some((action) => action.startsWith('kms:')) ? 'with `customerManagedKey`' : '';

type When = (logicalId: string, actions: readonly string[]) => string;

function permissionsOf(template: Template | undefined, when: When): Permission[] {
  return Object.entries(template?.Resources ?? {}).flatMap(([id, { Type, Properties }]) => {
    switch (Type) {
      case 'AWS::IAM::Policy':
      case 'AWS::IAM::ManagedPolicy':
        return statementsOf(Properties.PolicyDocument).map((one) =>
          toPermission(one, nameOf((Properties.Roles as unknown[])[0]), id, when),
        );
      case 'AWS::IAM::Role':
        return [
          ...inlineStatements(Properties).map((one) => toPermission(one, nameOf({ Ref: id }), id, when)),
          ...statementsOf(Properties.AssumeRolePolicyDocument).map((one) =>
            toPermission({ ...one, Resource: { Ref: id } }, principalOf(one), id, when),
          ),
        ];
      case 'AWS::SQS::QueuePolicy':
        return statementsOf(Properties.PolicyDocument).map((one) => toPermission(one, principalOf(one), id, when));
      case 'AWS::Lambda::Permission':
        return [toPermission(functionStatement(Properties), String(Properties.Principal), id, when)];
      case 'AWS::Events::EventBusPolicy':
        return statementsOf({ Statement: [Properties.Statement] }).map((one) => toPermission(one, principalOf(one), id, when));
      default:
        return [];
    }
  });
}

/** What a function's own policy says, as a statement. */
const functionStatement = ({ Action, FunctionName, SourceArn }: Json): Json => ({
  Action,
  Resource: FunctionName,
  Condition: { ArnLike: { 'aws:SourceArn': SourceArn } },
});

const inlineStatements = ({ Policies = [] }: Json): Json[] =>
  (Policies as Json[]).flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));

/** What is allowed; a denial gives nobody anything. */
const statementsOf = (document: unknown): Json[] =>
  ((document as { Statement: Json[] }).Statement ?? []).filter(({ Effect }) => Effect === 'Allow');

function toPermission({ Action, Resource, Condition }: Json, who: string, id: string, when: When): Permission {
  const actions = [Action].flat() as string[];
  const resources = (Array.isArray(Resource) ? Resource : [Resource]).map(nameOf);
  return { who, actions, resources, condition: Condition ? conditionText(Condition as Json) : '', when: when(id, actions) };
}

function principalOf({ Principal }: Json): string {
  const principal = Principal as { Service?: string; AWS?: unknown };
  return principal.Service ?? (principal.AWS === '*' ? 'any principal' : nameOf(principal.AWS));
}

const conditionText = (condition: Json): string =>
  Object.entries(condition)
    .flatMap(([, pairs]) => Object.entries(pairs as Json).map(([key, value]) => `${key} = ${nameOf(value)}`))
    .join(', ');

/** A reference as the name of the construct that it points to; any other text as it is. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return plain(value);
  const {
    Ref: ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
    'Fn::ImportValue': imported,
  } = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]]; 'Fn::ImportValue'?: string };
  if (imported !== undefined) return nameOfImport(imported);
  if (join) return join[1].map((part) => (typeof part === 'string' ? part : nameOf(part))).join(join[0]);
  if (attribute?.[1] === 'StreamArn') return `stream of ${withoutHash(attribute[0] ?? '')}`;
  return ref?.startsWith('AWS::') ? `<${ref.slice(5)}>` : withoutHash(ref ?? attribute?.[0] ?? '');
}

/** An export of the CDK is named `<stack>:ExportsOutput<function><logical id><attribute><hash>`. */
const nameOfImport = (name: string): string => {
  const [, kind = '', id = ''] = /ExportsOutput(Ref|FnGetAtt)(\w+?[0-9A-F]{8})/.exec(name) ?? [];
  return kind === 'FnGetAtt' && name.includes('StreamArn') ? `stream of ${withoutHash(id)}` : withoutHash(id);
};

const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

const plain = (text: string): string =>
  text.replaceAll('AWS::', '').replaceAll(ORGANIZATION.organizationId, '<organizationId>').replaceAll(HOME.homeRegion, '<homeRegion>');

const fingerprint = ({ who, actions, resources, condition }: Permission): string => JSON.stringify([who, actions, resources, condition]);

const permissionTable = (permissions: readonly Permission[]): string =>
  table(
    ['who', 'may', 'on', 'if', 'present'],
    permissions.map(({ who, actions, resources, condition, when }) => [
      code(who),
      codes(actions),
      codes(resources),
      condition === '' ? '' : code(condition),
      when === '' ? 'always' : when,
    ]),
  );
