import { decide, type Principal, type Request, type Statement, statementsOf, UnknownPolicyError } from '../../support/iam.ts';
import { type Assembly, idsOf, propertiesOf, target } from './assembly.ts';
import type { Values } from './values.ts';

/** A role of a template, with its own policies. */
export interface RoleOfTemplate {
  /** Name in reports: the service of a function, or the role's own name. */
  readonly label: string;
  readonly principal: Principal & { readonly kind: 'role' };
  readonly statements: readonly Statement[];
}

/** A call that IAM would deny. */
export interface Denial {
  /** The label of a role, or a service of AWS. */
  readonly by: string;
  readonly action: string;
  readonly resource: string | undefined;
  readonly reason: string;
}

/** A request that someone makes, without the keys that every request has. */
export interface Asked {
  readonly action: string;
  /** Undefined if it is not known here which it is. */
  readonly resource: string | undefined;
  /** Account of the resource. */
  readonly accountId: string;
  readonly region: string;
  /** Condition keys of the service, by their name in lower case. */
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Decides on requests as IAM does, by the policies of the templates. */
export interface Authority {
  /** @throws Error if the template has no such role */
  roleOf(arn: string): RoleOfTemplate;
  findRole(arn: string): RoleOfTemplate | undefined;
  /** Decides on a request of a role, notes which permission allows it, and notes a denial. @returns whether it is allowed. */
  mayRole(role: RoleOfTemplate, asked: Asked): boolean;
  /** Decides on a request of a service of AWS for one of its resources, such as a rule. */
  mayService(name: string, sourceArn: string, asked: Asked): boolean;
  /** What was denied. A test that expects it takes it out. */
  readonly denied: Denial[];
  /** All that the roles may do, each as `label action resource`. */
  granted(): string[];
  /** Returns the used parts of it. */
  used(): string[];
}

/** A template in an account. */
export interface Deployed {
  readonly assembly: Assembly;
  readonly values: Values;
  readonly accountId: string;
}

interface ResourcePolicy {
  readonly statements: Statement[];
  /** Whether only this policy decides, also within its account. */
  readonly decides: boolean;
}

/** @param organizationId the organization of all accounts. Without it they are in none. */
export function authorityOf(templates: readonly Deployed[], organizationId?: string): Authority {
  const roles = new Map(templates.flatMap((deployed) => rolesOf(deployed).map((role) => [role.principal.arn, role] as const)));
  const policies = resourcePoliciesOf(templates);
  const denied: Denial[] = [];
  const used = new Set<string>();

  const requestOf = (
    { action, resource, accountId, region, context = {} }: Asked,
    asker: Readonly<Record<string, string | undefined>>,
  ): Request => ({
    action,
    resource,
    context: new Map(
      Object.entries({
        'aws:securetransport': 'true',
        'aws:requestedregion': region,
        'aws:resourceaccount': accountId,
        'aws:resourceorgid': organizationId,
        'aws:sourcearn': undefined,
        'aws:sourceaccount': undefined,
        'aws:principalarn': undefined,
        'aws:principalaccount': undefined,
        'aws:principalorgid': undefined,
        ...asker,
        ...context,
      }),
    ),
  });

  /** The trust of a role is only about its assumption. No principal can assume a role that does not exist. */
  const policyOn = ({ action, resource = '' }: Asked): ResourcePolicy | undefined => {
    if (action === 'sts:AssumeRole') return policies.get(resource) ?? { statements: [], decides: true };
    return roles.has(resource) ? undefined : policies.get(resource);
  };

  return {
    denied,
    findRole: (arn) => roles.get(arn),
    roleOf: (arn) => {
      const role = roles.get(arn);
      if (!role) throw new Error(`the templates have no role ${arn}`);
      return role;
    },
    mayRole: ({ label, principal, statements }, asked) => {
      const { accountId, arn } = principal;
      const request = requestOf(asked, {
        'aws:principalarn': arn,
        'aws:principalaccount': accountId,
        'aws:principalorgid': organizationId,
      });
      const policy = policyOn(asked);
      const { isAllowed, reason, usedIdentity } = decide(principal, request, {
        identity: statements,
        ...(policy && { resource: policy.statements, resourceDecides: policy.decides }),
        accountId: asked.accountId,
      });
      for (const statement of usedIdentity) for (const each of permissionsOf(label, statement, asked)) used.add(each);
      if (!isAllowed) denied.push({ by: label, action: asked.action, resource: asked.resource, reason });
      return isAllowed;
    },
    mayService: (name, sourceArn, asked) => {
      const request = requestOf(asked, { 'aws:sourcearn': sourceArn, 'aws:sourceaccount': asked.accountId });
      const { isAllowed, reason } = decide({ kind: 'service', name }, request, {
        identity: [],
        resource: policies.get(asked.resource ?? '')?.statements ?? [],
        accountId: asked.accountId,
      });
      if (!isAllowed) denied.push({ by: name, action: asked.action, resource: asked.resource, reason });
      return isAllowed;
    },
    granted: () => [
      ...new Set(
        [...roles.values()].flatMap(({ label, statements }) => statements.flatMap((statement) => permissionsOf(label, statement))),
      ),
    ],
    used: () => [...used],
  };
}

/** The permissions that a statement gives to a role: all of them, or those that a request has used. */
function permissionsOf(label: string, { effect, actions, resources }: Statement, asked?: Asked): string[] {
  if (effect === 'Deny') return [];
  if (actions.not || actions.patterns.some((pattern) => /[*?]/.test(pattern)))
    throw new UnknownPolicyError(`${label} has an open list of actions`);
  const [first = '', ...others] = resources?.patterns ?? [];
  const where = `${shortOf(first)}${others.length > 0 ? ` and ${others.length} more` : ''}`;
  return actions.patterns
    .filter((action) => asked === undefined || action.toLowerCase() === asked.action.toLowerCase())
    .map((action) => `${label} ${action} ${where}`);
}

/** The last part of an ARN, without what CloudFormation or a test run adds to a name. */
const shortOf = (arn: string): string =>
  arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/^(table|event-bus|role|key|log-group|function)[/:]/, '')
    .replace(/[0-9A-F]{8}(-\d+)?(?=$|[/.:])/, '')
    .replace(/:\*$/, '') || arn;

type Json = Readonly<Record<string, unknown>>;
const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

function rolesOf({ assembly, values, accountId }: Deployed): RoleOfTemplate[] {
  const attached = [...idsOf(assembly, 'AWS::IAM::Policy'), ...idsOf(assembly, 'AWS::IAM::ManagedPolicy')].map((id) =>
    propertiesOf(assembly, id),
  );
  const services = new Map(
    idsOf(assembly, 'AWS::Lambda::Function').map((id) => {
      const { Role, Environment } = propertiesOf(assembly, id) as { Role: unknown; Environment: { Variables: Json } };
      return [target(Role), String(Environment.Variables.POWERTOOLS_SERVICE_NAME)];
    }),
  );
  return idsOf(assembly, 'AWS::IAM::Role').map((id) => {
    const { Policies, ManagedPolicyArns, RoleName } = propertiesOf(assembly, id);
    if (ManagedPolicyArns !== undefined) throw new UnknownPolicyError(`${id} has policies that no template holds`);
    const documents = [
      ...listed(Policies).map((policy) => (policy as Json).PolicyDocument),
      ...attached.filter(({ Roles }) => listed(Roles).some((role) => target(role) === id)).map(({ PolicyDocument }) => PolicyDocument),
    ];
    return {
      label: services.get(id) ?? (RoleName === undefined ? id : values.nameOf(id)),
      principal: { kind: 'role', accountId, arn: values.arnOf(id) },
      statements: documents.flatMap((document) => statementsOf(values.resolve(document))),
    };
  });
}

function resourcePoliciesOf(templates: readonly Deployed[]): Map<string, ResourcePolicy> {
  const policies = new Map<string, ResourcePolicy>();
  const add = (arn: string, statements: Statement[], decides = false) => {
    policies.set(arn, { statements: [...(policies.get(arn)?.statements ?? []), ...statements], decides });
  };
  for (const { assembly, values, accountId } of templates) {
    const of = (type: string) => idsOf(assembly, type).map((id) => [id, propertiesOf(assembly, id)] as const);
    for (const [, { Queues, PolicyDocument }] of of('AWS::SQS::QueuePolicy'))
      for (const queue of listed(Queues)) add(values.arnOf(target(queue)), statementsOf(values.resolve(PolicyDocument)));
    for (const [, { EventBusName, Statement }] of of('AWS::Events::EventBusPolicy'))
      add(values.arnOf(target(EventBusName)), statementsOf({ Statement: values.resolve(Statement) }));
    for (const [id, table] of of('AWS::DynamoDB::GlobalTable')) add(values.arnOf(id), tableStatements(values, table));
    for (const [id, { KeyPolicy }] of of('AWS::KMS::Key')) add(values.arnOf(id), statementsOf(values.resolve(KeyPolicy)), true);
    for (const [id, { AssumeRolePolicyDocument }] of of('AWS::IAM::Role'))
      add(values.arnOf(id), statementsOf(values.resolve(AssumeRolePolicyDocument)), true);
    for (const [, permission] of of('AWS::Lambda::Permission')) {
      const arn = values.arnOf(target(permission.FunctionName));
      add(arn, [permissionStatement(values, permission, arn, accountId)]);
    }
  }
  return policies;
}

/** The policies of a table's replicas. */
const tableStatements = (values: Values, { Replicas }: Json): Statement[] =>
  listed(Replicas).flatMap((replica) => {
    const { ResourcePolicy } = replica as { ResourcePolicy?: { PolicyDocument: unknown } };
    return ResourcePolicy ? statementsOf(values.resolve(ResourcePolicy.PolicyDocument)) : [];
  });

/** https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html */
function permissionStatement(
  values: Values,
  { Action, Principal, SourceArn, SourceAccount }: Json,
  arn: string,
  accountId: string,
): Statement {
  const conditions = [
    ...(SourceArn === undefined ? [] : [{ operator: 'ArnLike', key: 'aws:sourcearn', values: [values.text(SourceArn)] }]),
    ...(SourceAccount === undefined ? [] : [{ operator: 'StringEquals', key: 'aws:sourceaccount', values: [accountId] }]),
  ];
  return {
    effect: 'Allow',
    actions: { not: false, patterns: [String(Action)] },
    resources: { not: false, patterns: [arn] },
    principals: [{ kind: 'Service', value: String(Principal) }],
    conditions,
  };
}
