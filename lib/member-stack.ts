import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  App,
  Aws,
  BootstraplessSynthesizer,
  CfnCondition,
  CfnParameter,
  Fn,
  type IStackSynthesizer,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { ArnPrincipal, CfnRole, CompositePrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Construct } from 'constructs';
import { type ChangesTaken, rulePatterns } from './event-patterns.ts';
import { Forwarding } from './forwarding.ts';
import { explainWildcards, MEMBER_ROLE_NAME, WILDCARDS } from './least-privilege.ts';

/** Parameters of the member template: values that are known only at deployment. */
export const MEMBER_PARAMETERS = {
  IngestBusArn: 'The bus of the security account that receives change events.',
  CollectorRoleArn: 'The role of the security account that reads AWS Config items.',
  ReaderRoleArn: 'The role of the security account that reads the AWS APIs.',
  ExternalId: 'External ID that the reader must pass when it assumes the read role.',
  HomeRegion: 'The Region in which the read role is created.',
} as const;

/** Values of the member template's parameters. */
export type MemberParameters = Readonly<Record<keyof typeof MEMBER_PARAMETERS, string>>;

/** The evidence that the security account may read in a member account. */
const EVIDENCE = [WILDCARDS.configHistory, WILDCARDS.evidence];

/** The stack in every account and Region of the organization: forwarding rules, and once in each account a read role. */
export class MemberStack extends Stack {
  constructor(scope: Construct, id: string, changes: ChangesTaken) {
    super(scope, id, {
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
      description: 'Sends configuration changes to the security account.',
    });
    const parameters = declareParameters(this, MEMBER_PARAMETERS);
    new Forwarding(this, 'Forwarding', { busArn: parameters.IngestBusArn, patterns: rulePatterns(changes) });
    this.createReadRole(parameters);
  }

  /** Creates the read role. IAM is global: a second Region could not create a role with the same name. */
  private createReadRole({ CollectorRoleArn, ReaderRoleArn, ExternalId, HomeRegion }: MemberParameters): void {
    const role = new Role(this, 'ReadRole', {
      roleName: MEMBER_ROLE_NAME,
      description: 'Lets the security account read the configuration of resources. It can change nothing.',
      assumedBy: new CompositePrincipal(new ArnPrincipal(CollectorRoleArn), new ArnPrincipal(ReaderRoleArn)).withConditions({
        StringEquals: { 'sts:ExternalId': ExternalId },
      }),
      inlinePolicies: {
        ReadEvidence: new PolicyDocument({
          statements: EVIDENCE.map(({ actions, resource }) => new PolicyStatement({ actions: [...actions], resources: [resource] })),
        }),
      },
    });
    const isHomeRegion = new CfnCondition(this, 'IsHomeRegion', { expression: Fn.conditionEquals(Aws.REGION, HomeRegion) });
    if (role.node.defaultChild instanceof CfnRole) role.node.defaultChild.cfnOptions.condition = isHomeRegion;
    explainWildcards(role, EVIDENCE);
  }
}

/**
 * Maximum size in bytes of a template in a request.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const MAX_TEMPLATE_BYTES = 51_200;

/**
 * Returns the member template as JSON text. It is synthesized separately, because a stack set deploys it, not the CDK.
 * @throws RangeError if the template is larger than {@link MAX_TEMPLATE_BYTES}.
 */
export function renderMemberTemplate(changes: ChangesTaken): string {
  return renderTemplate((app) => new MemberStack(app, 'CsmmMember', changes), MAX_TEMPLATE_BYTES);
}

/**
 * Returns the template of a stack that a stack set deploys, as JSON text.
 * @throws RangeError if it has more than `maxBytes`.
 */
export function renderTemplate(create: (app: App) => Stack, maxBytes: number): string {
  const outdir = mkdtempSync(join(tmpdir(), 'csmm-member-'));
  try {
    const app = new App({ outdir, autoSynth: false, analyticsReporting: false, treeMetadata: false });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const stack = create(app);
    const body = JSON.stringify(app.synth().getStackArtifact(stack.artifactId).template);
    const bytes = Buffer.byteLength(body);
    if (bytes > maxBytes) throw new RangeError(`the template of ${stack.stackName} has ${bytes} bytes, more than ${maxBytes}`);
    return body;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Declares parameters of a template, and returns references to their values. */
export function declareParameters<K extends string>(
  scope: Construct,
  parameters: Readonly<Record<K, string>>,
): Readonly<Record<K, string>> {
  const declare = ([name, description]: [string, unknown]) => [
    name,
    new CfnParameter(scope, name, { description: String(description) }).valueAsString,
  ];
  return Object.fromEntries(Object.entries(parameters).map(declare)) as Record<K, string>;
}
