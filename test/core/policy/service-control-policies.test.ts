import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { View } from '../../../core/facts/view.ts';
import { type Policy, parsePolicy } from '../../../core/policy/document.ts';
import { matchesGlob } from '../../../core/policy/glob.ts';
import * as policies from '../../../core/policy/service-control-policies.ts';
import { PROTECTED_ACTIONS, type ScpPath } from '../../../core/policy/service-control-policies.ts';
import { runs } from '../../support/runs.ts';

const protectionOf = (action: string, path: ScpPath, partition = 'aws') => policies.protectionOf(action, path, partition);
const regionRestrictionOf = (path: ScpPath, partition = 'aws') => policies.regionRestrictionOf(path, partition);
const scpFactsOf = (path: ScpPath, partition = 'aws') => policies.scpFactsOf(path, partition);

const scp = (...statements: object[]): Policy => parsePolicy(new View({ Statement: statements }, { last: undefined }))!;

/** An IAM policy variable. */
const variable = (key: string) => `\${${key}}`;

const FULL_ACCESS = { Effect: 'Allow', Action: '*', Resource: '*' };
const fullAccess = scp(FULL_ACCESS);
const atRoot = (...statements: object[]): ScpPath => [[fullAccess, scp(...statements)], [fullAccess], [fullAccess]];

const ADMIN = 'arn:aws:iam::*:role/SecurityAdmin';
const CONTROL_TOWER = 'arn:*:iam::*:role/AWSControlTowerExecution';
const STOP = { Effect: 'Deny', Action: 'cloudtrail:StopLogging', Resource: '*' };
const allowing = (operator: string, key: string, value: unknown) => ({ ...FULL_ACCESS, Condition: { [operator]: { [key]: value } } });
/** A statement with other elements in place of `Resource`. */
const without = ({ Effect, Action }: { Effect: string; Action: string }, elements: object) => ({ Effect, Action, ...elements });
const stop = (path: ScpPath) => protectionOf('cloudtrail:StopLogging', path);
const given = (operator: string, key: string, value: unknown) => ({ ...STOP, Condition: { [operator]: { [key]: value } } });

describe('a protected action', () => {
  it.each([
    ['a plain Deny', STOP],
    ['the whole service', { ...STOP, Action: 'cloudtrail:*' }],
    ['a prefix of its name', { ...STOP, Action: ['s3:*', 'cloudtrail:Stop*'] }],
    ['its name in another case', { ...STOP, Action: 'CloudTrail:STOPlogging' }],
    ['a wildcard in the middle', { ...STOP, Action: 'cloudtrail:*Logging' }],
    ['everything', { ...STOP, Action: '*' }],
    ['everything but others', { ...STOP, Action: undefined, NotAction: ['iam:*', 'cloudtrail:Start*'] }],
    ['every trail by its ARN', { ...STOP, Resource: 'arn:aws:cloudtrail:*:*:trail/*' }],
    ['every trail in any partition', { ...STOP, Resource: ['arn:aws:s3:::example', 'arn:*:cloudtrail:*:*:*'] }],
    ['all but resources of other services', { ...STOP, Resource: undefined, NotResource: ['arn:aws:s3:::*', 'arn:aws:rds:*:*:db:*'] }],
    ['all but trails of another partition', { ...STOP, Resource: undefined, NotResource: 'arn:aws-cn:cloudtrail:*:*:trail/*' }],
    ['those spared that another partition has', given('ArnNotLike', 'aws:PrincipalArn', 'arn:aws-us-gov:iam::*:role/*')],
    ['a service principal spared', given('StringNotEquals', 'aws:PrincipalServiceName', 'config.amazonaws.com')],
    ['AWS services spared', given('Bool', 'aws:PrincipalIsAWSService', 'false')],
    ['AWS services spared, if the key exists', given('BoolIfExists', 'aws:PrincipalIsAWSService', false)],
  ])('is denied to everyone by %s', (_, statement) => {
    expect(stop(atRoot(statement))).toEqual({ kind: 'denied', exempt: [] });
  });

  it.each([
    ['a role', given('ArnNotLike', 'aws:PrincipalArn', ADMIN), [ADMIN]],
    ['a role, whatever the case of the key', given('ArnNotLike', 'aws:PrincipalARN', ADMIN), [ADMIN]],
    ['a role by ArnNotEquals', given('ArnNotEquals', 'aws:PrincipalArn', ADMIN), [ADMIN]],
    ['a role by text', given('StringNotLike', 'aws:PrincipalArn', [ADMIN]), [ADMIN]],
    ['a role by equal text', given('StringNotEquals', 'aws:PrincipalArn', ADMIN), [ADMIN]],
    ['a role, if the key exists', given('ArnNotLikeIfExists', 'aws:PrincipalArn', ADMIN), [ADMIN]],
    ['a role by ForAnyValue, as the key is always there', given('ForAnyValue:ArnNotLike', 'aws:PrincipalArn', ADMIN), [ADMIN]],
    ['a role by ForAllValues', given('ForAllValues:StringNotLike', 'aws:PrincipalArn', ADMIN), [ADMIN]],
    ['several roles', given('ArnNotLike', 'aws:PrincipalArn', [CONTROL_TOWER, ADMIN]), [CONTROL_TOWER, ADMIN]],
    [
      'a role of each account',
      given('ArnNotLike', 'aws:PrincipalArn', `arn:aws:iam::${variable('aws:PrincipalAccount')}:role/Admin`),
      [`arn:aws:iam::${variable('aws:PrincipalAccount')}:role/Admin`],
    ],
    ['the root user', given('ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::*:root'), ['arn:aws:iam::*:root']],
    ['those with a tag', given('StringNotEquals', 'aws:PrincipalTag/Team', 'security'), ['aws:principaltag/team=security']],
    ['a user id', given('StringNotLike', 'aws:userid', 'AROAEXAMPLE:*'), ['aws:userid=AROAEXAMPLE:*']],
    ['requests that a service makes for a caller', given('BoolIfExists', 'aws:ViaAWSService', 'false'), ['aws:viaawsservice=true']],
    [
      'whom either of two conditions exempts',
      { ...STOP, Condition: { ArnNotLike: { 'aws:PrincipalArn': ADMIN }, StringNotEquals: { 'aws:PrincipalTag/t': 'a' } } },
      [ADMIN, 'aws:principaltag/t=a'],
    ],
  ])('is denied to all but %s', (_, statement, exempt) => {
    expect(stop(atRoot(statement))).toEqual({ kind: 'denied', exempt: [...exempt].sort() });
  });

  it.each([
    ['one trail', { ...STOP, Resource: 'arn:aws:cloudtrail:eu-west-1:111111111111:trail/example' }, 'some resources'],
    ["Control Tower's trail", { ...STOP, Resource: 'arn:aws:cloudtrail:*:*:trail/aws-controltower-*' }, 'some resources'],
    ['the trails of one account', { ...STOP, Resource: 'arn:aws:cloudtrail:*:111111111111:trail/*' }, 'some resources'],
    ['the trails of one Region', { ...STOP, Resource: 'arn:aws:cloudtrail:eu-west-1:*:trail/*' }, 'some resources'],
    ['trails with names of one letter', { ...STOP, Resource: 'arn:aws:cloudtrail:*:*:trail/?' }, 'some resources'],
    ['trails of another partition', { ...STOP, Resource: 'arn:aws-cn:cloudtrail:*:*:trail/*' }, 'some resources'],
    ['another kind of resource', { ...STOP, Resource: 'arn:aws:cloudtrail:*:*:eventdatastore/*' }, 'some resources'],
    ['all but one trail', { ...STOP, Resource: undefined, NotResource: 'arn:aws:cloudtrail:*:*:trail/a' }, 'some resources'],
    ['all but those that a pattern can match', { ...STOP, Resource: undefined, NotResource: 'arn:*:a' }, 'some resources'],
    ['no resource', { ...STOP, Resource: undefined }, 'some resources'],
    ['everyone exempt', given('ArnNotLike', 'aws:PrincipalArn', '*'), 'everyone'],
    ['everyone exempt among others', given('StringNotLike', 'aws:PrincipalArn', [ADMIN, 'arn:*']), 'everyone'],
    ['every role exempt', given('ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/*'), 'everyone'],
    ['every user exempt', given('ArnNotLike', 'aws:PrincipalArn', 'arn:*:iam::*:user/*'), 'everyone'],
    ['every role of an account exempt', given('ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::111111111111:role/*'), 'everyone'],
    ['callers exempt by themselves', given('ArnNotLike', 'aws:PrincipalArn', variable('aws:PrincipalArn')), 'everyone'],
    ['their account exempt', given('ArnNotLike', 'aws:PrincipalArn', `arn:aws:iam::${variable('aws:PrincipalAccount')}:*`), 'everyone'],
    ['every tag exempt', given('StringNotLike', 'aws:PrincipalTag/team', '*'), 'everyone'],
    ['those without the tag exempt', given('ForAnyValue:StringNotEquals', 'aws:PrincipalTag/t', 'a'), 'aws:principaltag/t'],
    ['direct callers exempt', given('ForAnyValue:StringNotEquals', 'aws:PrincipalServiceName', 'a'), 'aws:principalservicename'],
    ['only AWS services meant', given('Bool', 'aws:PrincipalIsAWSService', 'true'), 'aws:principalisawsservice'],
    ['only the root user meant', given('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:root'), 'aws:principalarn (arnlike)'],
    ['the organization exempt', given('StringNotEquals', 'aws:PrincipalOrgID', 'o-example'), 'aws:principalorgid'],
    ['an account exempt', given('StringNotEquals', 'aws:PrincipalAccount', '111111111111'), 'aws:principalaccount'],
    ['an address that callers choose', given('NotIpAddress', 'aws:SourceIp', '192.0.2.0/24'), 'aws:sourceip'],
    ['a tag that callers choose', given('StringNotEquals', 'aws:RequestTag/a', 'b'), 'aws:requesttag/a'],
    ['no MFA', given('BoolIfExists', 'aws:MultiFactorAuthPresent', 'false'), 'aws:multifactorauthpresent'],
    ['a date', given('DateGreaterThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z'), 'aws:currenttime'],
    ['a user agent', given('StringNotLike', 'aws:UserAgent', 'example*'), 'aws:useragent'],
    ['other services', given('StringNotEquals', 'aws:CalledVia', 'cloudformation.amazonaws.com'), 'aws:calledvia'],
    ['a key that is there', given('Null', 'aws:PrincipalArn', 'true'), 'aws:principalarn (null)'],
    ['an unknown operator', given('ArnNotAlike', 'aws:PrincipalArn', ADMIN), 'arnnotalike'],
    ['no values', given('ArnNotLike', 'aws:PrincipalArn', []), 'aws:principalarn'],
    ['some Regions', given('StringNotEquals', 'aws:RequestedRegion', 'eu-west-1'), 'some Regions'],
    ['principals, which SCPs do not have', { ...STOP, Principal: { AWS: '111111111111' } }, 'names principals'],
    [
      'one good condition and one that callers choose',
      {
        ...STOP,
        Condition: { ArnNotLike: { 'aws:PrincipalArn': ADMIN }, StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } },
      },
      'aws:sourcevpc',
    ],
    [
      'more exempt than a fact holds',
      given(
        'ArnNotLike',
        'aws:PrincipalArn',
        Array.from({ length: 51 }, (_, n) => `${ADMIN}${n}`),
      ),
      '50',
    ],
    ['a longer exemption than a fact holds', given('StringNotEquals', `aws:PrincipalTag/${'k'.repeat(9999)}`, 'v'), '2048'],
  ])('is open where a Deny knows %s', (_, statement, reason) => {
    const protection = stop(atRoot(statement));
    expect(protection).toEqual({ kind: 'open', reason: expect.stringContaining(reason) });
    expect(JSON.stringify(protection).length).toBeLessThan(500);
  });

  it.each<[string, ScpPath]>([
    ['outside of any organization', []],
    ['where nothing but full access is attached', [[fullAccess], [fullAccess]]],
    ['where SCPs are not enabled', [[], [], []]],
    ['where another action is denied', atRoot({ ...STOP, Action: 'cloudtrail:StartLogging' })],
    ['where a longer name is denied', atRoot({ ...STOP, Action: 'cloudtrail:StopLogging2' })],
    ['where the Deny excludes it', atRoot({ ...STOP, Action: undefined, NotAction: 'cloudtrail:s*' })],
    ['where an Allow may hold', [[fullAccess], [scp({ ...FULL_ACCESS, Condition: { Bool: { 'aws:SecureTransport': true } } })]]],
    ['where an Allow holds on some resources', [[scp({ ...FULL_ACCESS, Resource: 'arn:aws:cloudtrail:*:*:trail/a' })]]],
    ['where an Allow holds on all but some resources', [[scp(without(FULL_ACCESS, { NotResource: 'arn:aws:cloudtrail:*:*:trail/a' }))]]],
    ['where an Allow holds in some Regions', [[scp(allowing('StringEquals', 'aws:RequestedRegion', 'eu-west-1'))]]],
    ['where an Allow holds for everyone', [[scp(allowing('ArnLike', 'aws:PrincipalArn', ['arn:aws:iam::*:role/*', ADMIN]))]]],
    ['where an Allow spares a role', [[scp(allowing('ArnNotLike', 'aws:PrincipalArn', ADMIN))]]],
    ['where an Allow also holds for those without the tag', [[scp(allowing('StringEqualsIfExists', 'aws:PrincipalTag/t', 'a'))]]],
    ['where a second Allow holds for everyone', [[scp(allowing('ArnLike', 'aws:PrincipalArn', ADMIN), FULL_ACCESS)]]],
    ['where every level has another policy with full access', [[scp(allowing('ArnLike', 'aws:PrincipalArn', ADMIN)), fullAccess]]],
    [
      'where more are allowed than a fact holds',
      [
        [
          scp(
            allowing(
              'ArnLike',
              'aws:PrincipalArn',
              Array.from({ length: 51 }, (_, n) => `${ADMIN}${n}`),
            ),
          ),
        ],
      ],
    ],
  ])('is open %s', (_, path) => {
    expect(stop(path)).toEqual({ kind: 'open', reason: 'no service control policy denies cloudtrail:StopLogging to everyone' });
  });

  it.each<[string, ScpPath]>([
    ['the root allows other services alone', [[scp({ ...FULL_ACCESS, Action: ['ec2:*', 's3:*'] })], [fullAccess], [fullAccess]]],
    ['the OU allows all but it', [[fullAccess], [scp({ Effect: 'Allow', NotAction: 'cloudtrail:*', Resource: '*' })], [fullAccess]]],
    ['the account has only a Deny of something else', [[fullAccess], [scp({ ...STOP, Action: 's3:*' })]]],
    ['an OU allows it and the account does not', [[fullAccess], [fullAccess], [scp({ ...FULL_ACCESS, Action: 'ec2:*' })]]],
    ['a level allows all but its resources', [[scp(without(FULL_ACCESS, { NotResource: 'arn:aws:cloudtrail:*:*:trail/*' }))]]],
    ['a level allows all but everything', [[scp(without(FULL_ACCESS, { NotResource: '*' }))]]],
    ['a level allows other resources alone', [[scp({ ...FULL_ACCESS, Resource: ['arn:aws:s3:::*', 'arn:aws:ec2:*:*:instance/*'] })]]],
    ['a level allows trails of another partition', [[scp({ ...FULL_ACCESS, Resource: 'arn:aws-cn:cloudtrail:*:*:*' })]]],
    ['a level allows it to roles of another partition', [[scp(allowing('ArnLike', 'aws:PrincipalArn', 'arn:aws-cn:iam::*:role/*'))]]],
    ['a level allows it on no value', [[scp(allowing('ArnLike', 'aws:PrincipalArn', []))]]],
  ])('is denied to everyone where %s', (_, path) => {
    expect(stop(path)).toEqual({ kind: 'denied', exempt: [] });
  });

  it.each<[string, object[], string[]]>([
    ['to a role', [allowing('ArnLike', 'aws:PrincipalArn', ADMIN)], [ADMIN]],
    ['to a role by equal text, if the key exists', [allowing('StringEqualsIfExists', 'aws:PrincipalArn', ADMIN)], [ADMIN]],
    ['to those with a tag', [allowing('StringEquals', 'aws:PrincipalTag/Team', 'security')], ['aws:principaltag/team=security']],
    [
      'to a role under a condition that callers choose',
      [{ ...FULL_ACCESS, Condition: { ArnLike: { 'aws:PrincipalArn': ADMIN }, Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }],
      [ADMIN],
    ],
    [
      'to one role in one statement, to another in the next, and the rest to everyone',
      [
        allowing('ArnLike', 'aws:PrincipalArn', ADMIN),
        { ...allowing('ArnLike', 'aws:PrincipalArn', CONTROL_TOWER), Action: 'cloudtrail:*Logging' },
        { Effect: 'Allow', NotAction: 'CloudTrail:*', Resource: '*' },
      ],
      [ADMIN, CONTROL_TOWER],
    ],
  ])('is denied to all others where a level allows it %s', (_, statements, exempt) => {
    const denied = { kind: 'denied', exempt: exempt.toSorted() };
    expect(stop([[fullAccess], [scp(...statements)], [fullAccess]])).toEqual(denied);
    expect(stop([[fullAccess], statements.map((statement) => scp(statement))])).toEqual(denied);
  });

  it('is denied where a level allows it to fewer than a Deny exempts', () => {
    const deny = given('ArnNotLike', 'aws:PrincipalArn', [ADMIN, CONTROL_TOWER]);
    expect(stop([[fullAccess, scp(deny)], [scp(allowing('ArnLike', 'aws:PrincipalArn', ADMIN))]])).toEqual({
      kind: 'denied',
      exempt: [ADMIN],
    });
  });

  it.each(['aws-cn', 'aws-us-gov', 'aws-eusc', 'aws-iso-b'])('in %s is denied by ARNs of that partition', (partition) => {
    const own = { ...STOP, Resource: `arn:${partition}:cloudtrail:*:*:trail/*` };
    expect(protectionOf('cloudtrail:StopLogging', atRoot(own), partition).kind).toBe('denied');
    expect(protectionOf('cloudtrail:StopLogging', atRoot({ ...STOP, Resource: 'arn:aws:cloudtrail:*:*:trail/*' }), partition).kind).toBe(
      'open',
    );
    const everyone = given('ArnNotLike', 'aws:PrincipalArn', `arn:${partition}:iam::*:role/*`);
    expect(protectionOf('cloudtrail:StopLogging', atRoot(everyone), partition).kind).toBe('open');
  });

  it('is denied by the statement with the fewest exemptions, at whatever level', () => {
    const [one, two] = [given('ArnNotLike', 'aws:PrincipalArn', ADMIN), given('ArnNotLike', 'aws:PrincipalArn', [ADMIN, CONTROL_TOWER])];
    expect(
      stop([
        [fullAccess, scp(two)],
        [fullAccess, scp(one)],
      ]),
    ).toEqual({ kind: 'denied', exempt: [ADMIN] });
    expect(stop([[fullAccess, scp(two, one)], [fullAccess], [fullAccess, scp(STOP)]])).toEqual({ kind: 'denied', exempt: [] });
  });

  it('without resource types is denied by a Deny on everything alone', () => {
    const leave = { Effect: 'Deny', Action: 'organizations:LeaveOrganization' };
    expect(protectionOf('organizations:LeaveOrganization', atRoot({ ...leave, Resource: '*' })).kind).toBe('denied');
    expect(protectionOf('organizations:LeaveOrganization', atRoot({ ...leave, Resource: 'arn:aws:organizations::*:*' })).kind).toBe('open');
  });

  it.each([
    ['config:StopConfigurationRecorder', 'arn:aws:config:*:*:configuration-recorder/*'],
    ['config:DeleteConfigurationRecorder', 'arn:aws:config:*:*:configuration-recorder/*/*'],
    ['guardduty:DeleteDetector', 'arn:aws:guardduty:*:*:detector/*'],
    ['access-analyzer:DeleteAnalyzer', 'arn:aws:access-analyzer:*:*:analyzer/*'],
    ['cloudtrail:DeleteTrail', 'arn:aws:cloudtrail:*:*:trail/*'],
    ['cloudtrail:UpdateTrail', 'arn:aws:cloudtrail:*:*:trail/*'],
  ])('%s is denied by a Deny on every resource of its type', (action, Resource) => {
    expect(protectionOf(action, atRoot({ Effect: 'Deny', Action: action, Resource })).kind).toBe('denied');
    expect(protectionOf(action, atRoot({ Effect: 'Deny', Action: action, Resource: Resource.replace(/\*$/, 'a*') })).kind).toBe('open');
  });
});

const OUTSIDE = {
  Effect: 'Deny',
  NotAction: ['cloudfront:*', 'iam:*', 'organizations:*', 'route53:*', 'support:*'],
  Resource: '*',
  Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1'] } },
};
const outside = (regions: unknown, more: object = {}, operator = 'StringNotEquals') => ({
  ...OUTSIDE,
  Condition: { [operator]: { 'aws:RequestedRegion': regions }, ...more },
});
const within = (regions: unknown, operator = 'StringEquals') => allowing(operator, 'aws:RequestedRegion', regions);
const GLOBAL = { Effect: 'Allow', Action: ['iam:*', 'sts:*', 'bcm-data-exports:*', 'cost-optimization-hub:Get*'], Resource: '*' };
const EU = { kind: 'restricted', regions: ['eu-central-1', 'eu-west-1'], exemptActions: [], exemptPrincipals: [] };

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html#example-scp-deny-region */
const AWS_SAMPLE =
  `a4b:* acm:* aws-marketplace-management:* aws-marketplace:* aws-portal:* budgets:* ce:* chime:* cloudfront:* config:* cur:*
  directconnect:* ec2:DescribeRegions ec2:DescribeTransitGateways ec2:DescribeVpnGateways fms:* globalaccelerator:* health:* iam:*
  importexport:* kms:* mobileanalytics:* networkmanager:* organizations:* pricing:* route53:* route53domains:*
  route53-recovery-cluster:* route53-recovery-control-config:* route53-recovery-readiness:* s3:GetAccountPublic* s3:ListAllMyBuckets
  s3:ListMultiRegionAccessPoints s3:PutAccountPublic* shield:* sts:* support:* trustedadvisor:* waf-regional:* waf:* wafv2:*
  wellarchitected:*`.split(/\s+/);

/** https://docs.aws.amazon.com/controltower/latest/controlreference/primary-region-deny-policy.html */
const CONTROL_TOWER_SAMPLE =
  `a4b:* access-analyzer:* account:* acm:* activate:* artifact:* aws-marketplace-management:* aws-marketplace:* aws-portal:*
  billing:* billingconductor:* budgets:* ce:* chatbot:* chime:* cloudfront:* cloudtrail:LookupEvents compute-optimizer:* config:*
  consoleapp:* consolidatedbilling:* cur:* datapipeline:GetAccountLimits devicefarm:* directconnect:* ec2:DescribeRegions
  ec2:DescribeTransitGateways ec2:DescribeVpnGateways ecr-public:* fms:* freetier:* globalaccelerator:* health:* iam:* importexport:*
  invoicing:* iq:* kms:* license-manager:ListReceivedLicenses lightsail:Get* mobileanalytics:* networkmanager:*
  notifications-contacts:* notifications:* organizations:* payments:* pricing:* quicksight:DescribeAccountSubscription
  resource-explorer-2:* route53-recovery-cluster:* route53-recovery-control-config:* route53-recovery-readiness:* route53:*
  route53domains:* s3:CreateMultiRegionAccessPoint s3:DeleteMultiRegionAccessPoint s3:DescribeMultiRegionAccessPointOperation
  s3:GetAccountPublicAccessBlock s3:GetBucketLocation s3:GetBucketPolicyStatus s3:GetBucketPublicAccessBlock
  s3:GetMultiRegionAccessPoint s3:GetMultiRegionAccessPointPolicy s3:GetMultiRegionAccessPointPolicyStatus
  s3:GetStorageLensConfiguration s3:GetStorageLensDashboard s3:ListAllMyBuckets s3:ListMultiRegionAccessPoints
  s3:ListStorageLensConfigurations s3:PutAccountPublicAccessBlock s3:PutMultiRegionAccessPointPolicy savingsplans:* shield:* sso:*
  sts:* support:* supportapp:* supportplans:* sustainability:* tag:GetResources tax:* trustedadvisor:*
  vendor-insights:ListEntitledSecurityProfiles waf-regional:* waf:* wafv2:*`.split(/\s+/);

describe('the Regions of requests', () => {
  it.each([
    ["the IAM guide's sample", OUTSIDE, EU],
    [
      "the Organizations guide's sample",
      { ...outside(['eu-central-1', 'eu-west-1'], { ArnNotLike: { 'aws:PrincipalARN': [ADMIN, CONTROL_TOWER] } }), NotAction: AWS_SAMPLE },
      { ...EU, exemptPrincipals: [CONTROL_TOWER, ADMIN] },
    ],
    [
      "Control Tower's Region deny control",
      { ...outside(['eu-west-1'], { ArnNotLike: { 'aws:PrincipalARN': [CONTROL_TOWER] } }), NotAction: CONTROL_TOWER_SAMPLE },
      { ...EU, regions: ['eu-west-1'], exemptPrincipals: [CONTROL_TOWER] },
    ],
    ['a Deny of everything elsewhere', { ...OUTSIDE, NotAction: undefined, Action: '*' }, EU],
    ['a Deny of every service elsewhere', { ...OUTSIDE, NotAction: undefined, Action: ['s3:*', '*:*'] }, EU],
    ['names in whatever case', outside(['EU-West-1', 'eu-central-1'], {}, 'StringNotEqualsIgnoreCase'), EU],
    ['names, if the key exists', outside(['eu-west-1', 'eu-central-1'], {}, 'StringNotEqualsIfExists'), EU],
    ['names by ForAnyValue, as the key is always there', outside(['eu-west-1', 'eu-central-1'], {}, 'ForAnyValue:StringNotEquals'), EU],
    ['patterns', outside('eu-*', {}, 'StringNotLike'), { ...EU, regions: ['eu-*'] }],
    ['two conditions on the Region', outside('eu-west-1', { StringNotLike: { 'aws:RequestedRegion': 'eu-central-1' } }), EU],
    ['AWS services spared', outside(['eu-west-1', 'eu-central-1'], { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } }), EU],
    ['a Deny of everything everywhere', { Effect: 'Deny', Action: '*', Resource: '*' }, { ...EU, regions: [] }],
  ])('are restricted by %s', (_, statement, restriction) => {
    expect(regionRestrictionOf(atRoot(statement))).toEqual(restriction);
  });

  it.each([
    ['ec2:*', 'ec2:*'],
    ['s3:*', 's3:*'],
    ['s3:Get*', 's3:get*'],
    ['ec2:Describe*', 'ec2:describe*'],
    ['route53*', 'route53*'],
    ['iam*', 'iam*'],
    ['?am:*', '?am:*'],
    ['bedrock:InvokeModel', 'bedrock:invokemodel'],
  ])('report that a NotAction exempts %s, which is not global', (action, reported) => {
    const statement = { ...OUTSIDE, NotAction: [...AWS_SAMPLE, action] };
    expect(regionRestrictionOf(atRoot(statement))).toEqual({ ...EU, exemptActions: [reported] });
  });

  it.each([
    ['some actions', { ...OUTSIDE, NotAction: undefined, Action: ['ec2:*', 's3:*'] }, 'some actions'],
    ['a NotAction of everything', { ...OUTSIDE, NotAction: ['iam:*', '*'] }, 'every action'],
    ['some resources', { ...OUTSIDE, Resource: 'arn:aws:ec2:*:*:*' }, 'some resources'],
    ['ARNs alone', { ...OUTSIDE, Resource: 'arn:*' }, 'some resources'],
    ['all but some resources', { ...OUTSIDE, Resource: undefined, NotResource: 'arn:aws:s3:::example' }, 'some resources'],
    ['every Region left open', outside(['eu-west-1', '*'], {}, 'StringNotLike'), 'every Region'],
    ['the Region that it asks for left open', outside(variable('aws:RequestedRegion')), 'every Region'],
    ['listed Regions', outside(['us-east-1'], {}, 'StringEquals'), 'aws:requestedregion (stringequals)'],
    ['no Regions listed', outside([]), 'aws:requestedregion'],
    ['a text that is no Region', outside('e'.repeat(65)), 'invalid Region name'],
    ['more Regions than a fact holds', outside(Array.from({ length: 51 }, (_, n) => `eu-west-${n}`)), '50'],
    ['everyone exempt', outside('eu-west-1', { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }), 'everyone'],
    ['an address that callers choose', outside('eu-west-1', { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }), 'aws:sourceip'],
    ['principals', { ...OUTSIDE, Principal: '*' }, 'names principals'],
    ['more exempt actions than a fact holds', { ...OUTSIDE, NotAction: Array.from({ length: 51 }, (_, n) => `ec2:A${n}`) }, '50'],
  ])('are open where a Deny knows %s', (_, statement, reason) => {
    expect(regionRestrictionOf(atRoot(statement))).toEqual({ kind: 'open', reason: expect.stringContaining(reason) });
  });

  it.each([
    ['an Allow in other Regions, beside full access', { ...OUTSIDE, Effect: 'Allow', NotAction: undefined, Action: '*' }],
    ['an Allow in Regions beside full access', within(['eu-west-1'])],
    ['a list of services in use', { Effect: 'Deny', NotAction: ['ec2:*', 's3:*', 'iam:*'], Resource: '*' }],
    [
      'a Deny of everything to the root user',
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:root' } },
      },
    ],
    ['a Deny of everything on a bucket', { Effect: 'Deny', Action: '*', Resource: 'arn:aws:s3:::example' }],
    ['a Deny of an action', STOP],
  ])('are open under %s', (_, statement) => {
    const open = { kind: 'open', reason: 'no service control policy denies requests by their Region' };
    expect(regionRestrictionOf(atRoot(statement))).toEqual(open);
    expect(regionRestrictionOf([])).toEqual(open);
    expect(regionRestrictionOf([[], []])).toEqual(open);
  });

  it('are those that every level leaves open', () => {
    const [root, ou] = [outside(['eu-west-1', 'eu-central-1', 'us-east-1']), outside(['eu-west-1', 'eu-central-1', 'eu-north-1'])];
    expect(
      regionRestrictionOf([
        [fullAccess, scp(root)],
        [fullAccess, scp(ou)],
      ]),
    ).toEqual(EU);
    expect(
      regionRestrictionOf([
        [fullAccess, scp(root)],
        [fullAccess, scp(outside('ca-*', {}, 'StringNotLike'))],
      ]),
    ).toEqual({ ...EU, regions: [] });
    expect(regionRestrictionOf([[fullAccess, scp(root, outside('eu-*', {}, 'StringNotLike'))]])).toEqual(EU);
  });

  it('are some where two patterns overlap', () => {
    const patterns = ['eu-*', '*-1'].map((pattern) => outside(pattern, {}, 'StringNotLike'));
    expect(regionRestrictionOf(atRoot(...patterns))).toMatchObject({ regions: [expect.stringMatching(/^(eu-\*|\*-1)$/)] });
  });

  it('keep the exemptions of a level that leaves fewer Regions open, and no others', () => {
    const exempt = { ArnNotLike: { 'aws:PrincipalArn': ADMIN } };
    const wide = outside(['eu-west-1', 'eu-central-1', 'us-east-1']);
    const narrow = outside(['eu-west-1', 'eu-central-1'], exempt);
    expect(regionRestrictionOf(atRoot(wide, narrow))).toEqual({ ...EU, exemptPrincipals: [ADMIN] });
    expect(regionRestrictionOf(atRoot(OUTSIDE, outside(['eu-west-1', 'eu-central-1', 'us-east-1'], exempt)))).toEqual(EU);
  });

  it('are told by the statement that exempts the fewest actions', () => {
    const leaky = { ...outside('eu-west-1'), NotAction: ['ec2:*', 'iam:*'] };
    expect(regionRestrictionOf(atRoot(leaky, OUTSIDE))).toEqual(EU);
    expect(regionRestrictionOf(atRoot(leaky))).toEqual({ ...EU, regions: ['eu-west-1'], exemptActions: ['ec2:*'] });
  });

  it.each<[string, object[], object?]>([
    ['everything in them', [within(['eu-west-1', 'eu-central-1'])]],
    ['everything in them, and global services', [within(['eu-west-1', 'eu-central-1']), GLOBAL]],
    ['everything in each of them', [within('eu-west-1'), within('eu-central-1')]],
    [
      'some services in each of them',
      [
        { ...within('eu-west-1'), Action: 'ec2:*' },
        { ...within('eu-central-1'), Action: ['s3:*', 'ec2:*'] },
      ],
    ],
    [
      'all but some actions in them',
      [{ Effect: 'Allow', NotAction: 'ec2:*', Resource: '*', Condition: within(['eu-west-1', 'eu-central-1']).Condition }],
    ],
    ['everything in them, if the key exists', [within(['eu-west-1', 'eu-central-1'], 'StringEqualsIfExists')]],
    ['everything in them, in whatever case', [within(['EU-WEST-1', 'eu-central-1'], 'StringEqualsIgnoreCase')]],
    ['patterns', [within('eu-*', 'StringLike')], { regions: ['eu-*'] }],
    [
      'everything in them, and under another condition',
      [
        {
          ...FULL_ACCESS,
          Condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1'] }, Bool: { 'aws:SecureTransport': 'true' } },
        },
      ],
    ],
    [
      'a role anything, others something in them',
      [within(['eu-west-1', 'eu-central-1']), allowing('ArnLike', 'aws:PrincipalArn', ADMIN)],
      { exemptPrincipals: [ADMIN] },
    ],
    [
      'a service everywhere',
      [within(['eu-west-1', 'eu-central-1']), { ...FULL_ACCESS, Action: ['iam:*', 'S3:*'] }],
      { exemptActions: ['s3:*'] },
    ],
    ['ARNs in them', [{ ...FULL_ACCESS, Resource: ['arn:aws:ec2:eu-west-1:*:*', 'arn:aws:rds:eu-central-1:*:db:*'] }]],
    ['global services alone', [GLOBAL], { regions: [] }],
    ['nothing', [without(FULL_ACCESS, { NotResource: '*' })], { regions: [] }],
  ])('are restricted where a level allows %s', (_, statements, restriction) => {
    const path: ScpPath = [[fullAccess], [scp(...statements)], [fullAccess]];
    expect(regionRestrictionOf(path)).toEqual({ ...EU, ...restriction });
  });

  it('are those that every level allows and no Deny of another level covers', () => {
    const path: ScpPath = [
      [scp(within(['eu-west-1', 'eu-central-1', 'us-east-1']))],
      [fullAccess, scp(outside(['eu-west-1', 'eu-central-1', 'eu-north-1']))],
      [fullAccess],
    ];
    expect(regionRestrictionOf(path)).toEqual(EU);
  });

  it.each<[string, object[]]>([
    ['a list of services', [{ ...FULL_ACCESS, Action: ['ec2:*', 's3:*'] }]],
    ['everything in other Regions', [within('us-east-1', 'StringNotEquals')]],
    ['everything in any Region', [within(['eu-west-1', '*'], 'StringLike')]],
    ['everything in the Region of the request', [within(variable('aws:RequestedRegion'))]],
    ['everything under another condition', [allowing('Bool', 'aws:SecureTransport', 'true')]],
    ['all but some actions', [{ Effect: 'Allow', NotAction: 'ec2:*', Resource: '*' }]],
    ['everything by several patterns', [within('eu-west-1'), { ...FULL_ACCESS, Action: ['s3:*', '*:*'] }]],
  ])('are open where a level allows %s', (_, statements) => {
    expect(regionRestrictionOf([[fullAccess], [scp(...statements)]]).kind).toBe('open');
  });

  it('are also those of another statement for the actions that one exempts', () => {
    const leaky = { ...OUTSIDE, NotAction: ['iam:*', 's3:*', 'ec2:Describe*'] };
    const storage = {
      ...outside(['eu-west-1', 'eu-north-1'], { ArnNotLike: { 'aws:PrincipalArn': ADMIN } }),
      NotAction: undefined,
      Action: ['S3:*', 'rds:*'],
    };
    const completed = { ...EU, regions: ['eu-central-1', 'eu-north-1', 'eu-west-1'], exemptPrincipals: [ADMIN] };
    expect(regionRestrictionOf(atRoot(leaky, storage))).toEqual({ ...completed, exemptActions: ['ec2:describe*'] });
    expect(regionRestrictionOf(atRoot(leaky, storage, { Effect: 'Deny', Action: 'ec2:*', Resource: '*' }))).toEqual({
      ...completed,
      exemptActions: [],
    });
    for (const change of [
      { Action: 's3:Get*' },
      { Resource: 'arn:aws:s3:::example' },
      { Action: 's3:?' },
      { Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]) {
      expect(regionRestrictionOf(atRoot(leaky, { ...storage, ...change }))).toEqual({ ...EU, exemptActions: ['ec2:describe*', 's3:*'] });
    }
  });

  it('are those of an Allow, and of a Deny for a service that another Allow names', () => {
    const path: ScpPath = [
      [scp(within('eu-west-1'), { ...FULL_ACCESS, Action: 's3:*' })],
      [fullAccess, scp({ ...outside('eu-north-1'), NotAction: undefined, Action: 's3:*' })],
    ];
    expect(regionRestrictionOf(path)).toEqual({ ...EU, regions: ['eu-north-1', 'eu-west-1'] });
  });

  it('are none where a level allows nothing at all', () => {
    expect(regionRestrictionOf([[fullAccess], [scp(STOP)]])).toEqual({ ...EU, regions: [] });
  });
});

// The following properties are true for any SCPs. The values are few, so that statements meet.
const PRINCIPALS = ['Admin', 'Auditor', 'Builder'].map((name) => `arn:aws:iam::111111111111:role/${name}`);
const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'];
const ACTIONS = ['cloudtrail:StopLogging', 'cloudtrail:StartLogging', 'ec2:RunInstances', 'iam:GetUser'];

const someOf = <T>(...values: T[]) => fc.subarray(values, { minLength: 1 });
const actions = someOf('cloudtrail:StopLogging', 'CLOUDTRAIL:s*', 'cloudtrail:*', 'ec2:*', 'iam:*', '*');
const resources = fc.constantFrom('*', '*', 'arn:aws:cloudtrail:*:*:trail/*', 'arn:aws:cloudtrail:*:*:trail/a');
const principalPatterns = someOf(...PRINCIPALS, 'arn:aws:iam::*:role/A*', '*:role/?uditor');
const condition = fc.oneof(
  fc
    .record({ op: fc.constantFrom('ArnNotLike', 'StringNotLike', 'ArnLike', 'ForAnyValue:ArnNotLike'), values: principalPatterns })
    .map(({ op, values }) => ({ [op]: { 'aws:PrincipalArn': values } })),
  fc
    .record({ op: fc.constantFrom('StringNotEquals', 'StringNotLike', 'StringEquals'), values: someOf(...REGIONS, 'eu-*', '*-1') })
    .map(({ op, values }) => ({ [op]: { 'aws:RequestedRegion': values } })),
  fc.constant({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
);
const conditions = fc.array(condition, { maxLength: 2 }).map((several) => ({ Condition: Object.assign({}, ...several) as object }));
const denial = fc
  .record({
    element: fc.constantFrom('Action', 'NotAction'),
    actions,
    resourceElement: fc.constantFrom('Resource', 'Resource', 'NotResource'),
    resources,
    conditions,
  })
  .map(({ element, actions, resourceElement, resources, conditions }) => ({
    Effect: 'Deny',
    [element]: actions,
    [resourceElement]: resources,
    ...conditions,
  }));
const allowance = fc
  .record({
    element: fc.constantFrom('Action', 'NotAction'),
    actions,
    resourceElement: fc.constantFrom('Resource', 'Resource', 'NotResource'),
    resources,
    conditions,
  })
  .map(({ element, actions, resourceElement, resources, conditions }) => ({
    Effect: 'Allow',
    [element]: actions,
    [resourceElement]: resources,
    ...conditions,
  }));
type Raw = { Effect: string; [element: string]: unknown };
const rawPath: fc.Arbitrary<Raw[][][]> = fc.array(
  fc
    .array(fc.array(fc.oneof({ weight: 3, arbitrary: denial }, allowance), { minLength: 1, maxLength: 3 }), { maxLength: 3 })
    .chain((level) => fc.boolean().map((isFull) => (isFull ? [[FULL_ACCESS], ...level] : level))),
  { maxLength: 3 },
);
const parsed = (path: Raw[][][]): ScpPath => path.map((level) => level.map((statements) => scp(...statements)));

/** A request, decided statement by statement as the documentation has it. */
interface Request {
  readonly action: string;
  readonly principal: string;
  readonly region: string;
}

function isHeldUp(statement: Raw, { action, principal, region }: Request): boolean {
  const list = (statement.Action ?? statement.NotAction) as string[] | string;
  const isNamed = [list].flat().some((pattern) => matchesGlob(pattern.toLowerCase(), action.toLowerCase()));
  const resource = action.startsWith('cloudtrail:') ? 'arn:aws:cloudtrail:eu-west-1:111111111111:trail/b' : '*';
  const holds = Object.entries((statement.Condition ?? {}) as Record<string, Record<string, string[]>>).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      // Callers can use MFA, and need not: a Deny may not hold, and an Allow may.
      if (key === 'aws:MultiFactorAuthPresent') return statement.Effect === 'Allow';
      const actual = key === 'aws:PrincipalArn' ? principal : region;
      const isMatch = values.some((value) => (/Equals/.test(operator) ? value === actual : matchesGlob(value, actual)));
      return /Not/.test(operator) ? !isMatch : isMatch;
    }),
  );
  const isMeant = matchesGlob((statement.Resource ?? statement.NotResource) as string, resource) === 'Resource' in statement;
  return isNamed === 'Action' in statement && isMeant && holds;
}

function isDenied(path: Raw[][][], request: Request): boolean {
  const isDeniedOutright = path.flat(2).some((statement) => statement.Effect === 'Deny' && isHeldUp(statement, request));
  const isAllowed = path.every(
    (level) => level.length === 0 || level.flat().some((statement) => statement.Effect === 'Allow' && isHeldUp(statement, request)),
  );
  return isDeniedOutright || !isAllowed;
}

const REQUESTS: Request[] = ACTIONS.flatMap((action) =>
  PRINCIPALS.flatMap((principal) => REGIONS.map((region) => ({ action, principal, region }))),
);
const isListed = (patterns: readonly string[], text: string) => patterns.some((pattern) => matchesGlob(pattern, text));
const shuffled = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...values], { minLength: values.length });
const RUNS = { numRuns: runs(300) };

describe('service control policies', () => {
  it('deny what they are said to deny', () => {
    fc.assert(
      fc.property(rawPath, (path) => {
        for (const request of REQUESTS) {
          const protection = protectionOf(request.action, parsed(path));
          if (protection.kind === 'denied' && !isListed(protection.exempt, request.principal)) expect(isDenied(path, request)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('deny requests outside the Regions that they are said to leave open', () => {
    fc.assert(
      fc.property(rawPath, (path) => {
        const restriction = regionRestrictionOf(parsed(path));
        if (restriction.kind === 'open') return;
        const { regions, exemptActions, exemptPrincipals } = restriction;
        for (const request of REQUESTS) {
          const isExempt =
            isListed([...exemptActions, 'iam:*'], request.action.toLowerCase()) || isListed(exemptPrincipals, request.principal);
          if (!isExempt && !isListed(regions, request.region)) expect(isDenied(path, request)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('never open by another Deny', () => {
    fc.assert(
      fc.property(rawPath, denial, fc.nat(), (path, statement, at) => {
        const before = scpFactsOf(parsed(path));
        const after = scpFactsOf(parsed(path.map((level, index) => (index === at % path.length ? [...level, [statement]] : level))));
        for (const action of PROTECTED_ACTIONS) {
          const [was, is] = [before.protectedActions[action]!, after.protectedActions[action]!];
          if (was.kind === 'denied') expect(is.kind === 'denied' && is.exempt.length <= was.exempt.length).toBe(true);
        }
        const [was, is] = [before.regionRestriction, after.regionRestriction];
        if (was.kind === 'restricted') expect(is.kind === 'restricted' && is.exemptActions.length <= was.exemptActions.length).toBe(true);
      }),
      RUNS,
    );
  });

  it('say the same with another level of full access', () => {
    fc.assert(
      fc.property(rawPath, fc.nat({ max: 3 }), (path, at) => {
        expect(scpFactsOf(parsed(path.toSpliced(at, 0, [[FULL_ACCESS]])))).toEqual(scpFactsOf(parsed(path)));
      }),
    );
  });

  it('say the same in whatever order of levels, documents and statements', () => {
    const reordered = rawPath.chain((path) =>
      fc.tuple(
        fc.constant(path),
        fc.tuple(...path.map((level) => fc.tuple(...level.map(shuffled)).chain(shuffled))).chain((levels) => shuffled(levels)),
      ),
    );
    fc.assert(
      fc.property(reordered, ([path, other]) => {
        expect(scpFactsOf(parsed(other))).toEqual(scpFactsOf(parsed(path)));
      }),
    );
  });

  it('say the same in whatever case of actions', () => {
    const recased = (path: Raw[][][], change: (text: string) => string) =>
      path.map((level) =>
        level.map((document) =>
          document.map((statement) =>
            Object.fromEntries(
              Object.entries(statement).map(([name, value]) => [
                name,
                /Action$/.test(name) ? [value].flat().map((text) => change(`${text}`)) : value,
              ]),
            ),
          ),
        ),
      ) as Raw[][][];
    fc.assert(
      fc.property(rawPath, (path) => {
        const facts = scpFactsOf(parsed(path));
        expect(scpFactsOf(parsed(recased(path, (text) => text.toUpperCase())))).toEqual(facts);
        expect(scpFactsOf(parsed(recased(path, (text) => text.toLowerCase())))).toEqual(facts);
      }),
    );
  });

  it('are reduced to one protection for each protected action, and the Regions', () => {
    const facts = scpFactsOf(atRoot({ ...OUTSIDE }, { ...STOP, Action: PROTECTED_ACTIONS }));
    expect(Object.keys(facts.protectedActions)).toEqual(PROTECTED_ACTIONS);
    expect(Object.values(facts.protectedActions)).toEqual(PROTECTED_ACTIONS.map(() => ({ kind: 'denied', exempt: [] })));
    expect(facts.regionRestriction).toEqual(EU);
  });
});
