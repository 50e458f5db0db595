import { describe, expect, it } from 'vitest';
import { DOCUMENTED_CONTROLS } from '../../../controls/documented.ts';
import {
  ACTIVITIES,
  type ActivityId,
  canonicalEvents,
  canonicalRecords,
  filterCondition,
  isGlobalActivity,
  matchedByFilter,
  matchedByRule,
} from '../../../core/detection/activities.ts';
import { parseFilterPattern } from '../../../core/detection/metric-filter.ts';
import { ordinaryEvents } from '../../../core/detection/ordinary-events.ts';
import type { DefaultBusRuleFacts } from '../../../core/facts/events-default-bus-rule.ts';
import type { MetricFilterFacts } from '../../../core/facts/logs-metric-filter.ts';
import { detectedByFilter, detectedByRule, wholeActivities } from '../../support/alarms.ts';
import { factsOf } from '../../support/facts.ts';

const ACCOUNT = '111111111111';
const names = (activity: ActivityId): string[] => canonicalEvents(activity).map((event) => event.replace('kms ', ''));
const anyName = (activity: ActivityId): string =>
  names(activity)
    .map((name) => `($.eventName = ${name})`)
    .join(' || ');

/** The filter patterns of the CIS AWS Foundations Benchmark v3.0.0 and v5.0.0, by section. */
const CIS: readonly [section: string, activity: ActivityId, pattern: string][] = [
  ['4.3', 'root-usage', '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'],
  [
    '4.4',
    'iam-policy-changes',
    '{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||($.eventName=CreatePolicy)||($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||($.eventName=DeletePolicyVersion)||($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)||($.eventName=AttachUserPolicy)||($.eventName=DetachUserPolicy)||($.eventName=AttachGroupPolicy)||($.eventName=DetachGroupPolicy)}',
  ],
  [
    '4.5',
    'cloudtrail-changes',
    '{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }',
  ],
  ['4.6', 'console-auth-failures', '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'],
  ['4.7', 'cmk-disable-delete', '{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }'],
  [
    '4.8',
    's3-policy-changes',
    '{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketAcl) || ($.eventName = PutBucketPolicy) || ($.eventName = PutBucketCors) || ($.eventName = PutBucketLifecycle) || ($.eventName = PutBucketReplication) || ($.eventName = DeleteBucketPolicy) || ($.eventName = DeleteBucketCors) || ($.eventName = DeleteBucketLifecycle) || ($.eventName = DeleteBucketReplication)) }',
  ],
  [
    '4.9',
    'config-changes',
    '{ ($.eventSource = config.amazonaws.com) && (($.eventName=StopConfigurationRecorder)||($.eventName=DeleteDeliveryChannel)||($.eventName=PutDeliveryChannel)||($.eventName=PutConfigurationRecorder)) }',
  ],
  [
    '4.10',
    'security-group-changes',
    '{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || ($.eventName = DeleteSecurityGroup) }',
  ],
  [
    '4.11',
    'nacl-changes',
    '{ ($.eventName = CreateNetworkAcl) || ($.eventName = CreateNetworkAclEntry) || ($.eventName = DeleteNetworkAcl) || ($.eventName = DeleteNetworkAclEntry) || ($.eventName = ReplaceNetworkAclEntry) || ($.eventName = ReplaceNetworkAclAssociation) }',
  ],
  [
    '4.12',
    'gateway-changes',
    '{ ($.eventName = CreateCustomerGateway) || ($.eventName = DeleteCustomerGateway) || ($.eventName = AttachInternetGateway) || ($.eventName = CreateInternetGateway) || ($.eventName = DeleteInternetGateway) || ($.eventName = DetachInternetGateway) }',
  ],
  [
    '4.13',
    'route-table-changes',
    '{($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable)) }',
  ],
  [
    '4.14',
    'vpc-changes',
    '{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) || ($.eventName = ModifyVpcAttribute) || ($.eventName = AcceptVpcPeeringConnection) || ($.eventName = CreateVpcPeeringConnection) || ($.eventName = DeleteVpcPeeringConnection) || ($.eventName = RejectVpcPeeringConnection) || ($.eventName = AttachClassicLinkVpc) || ($.eventName = DetachClassicLinkVpc) || ($.eventName = DisableVpcClassicLink) || ($.eventName = EnableVpcClassicLink) }',
  ],
];

/** Spellings of https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html that differ from the above. */
const SECURITY_HUB: readonly [control: string, activity: ActivityId, pattern: string][] = [
  [
    'CloudWatch.1',
    'root-usage',
    '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
  ],
  ['CloudWatch.4', 'iam-policy-changes', `{($.eventSource=iam.amazonaws.com) && (${anyName('iam-policy-changes').replaceAll(' ', '')})}`],
  ['CloudWatch.5', 'cloudtrail-changes', `{${anyName('cloudtrail-changes').replaceAll(' ', '')}}`],
  ['CloudWatch.6', 'console-auth-failures', '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}'],
  [
    'CloudWatch.7',
    'cmk-disable-delete',
    '{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}',
  ],
  ['CloudWatch.8', 's3-policy-changes', `{($.eventSource=s3.amazonaws.com) && (${anyName('s3-policy-changes').replaceAll(' = ', '=')})}`],
  ['CloudWatch.9', 'config-changes', `{($.eventSource=config.amazonaws.com) && (${anyName('config-changes').replaceAll(' = ', '=')})}`],
  ['CloudWatch.10', 'security-group-changes', `{${anyName('security-group-changes').replaceAll(' = ', '=')}}`],
  ['CloudWatch.11', 'nacl-changes', `{${anyName('nacl-changes').replaceAll(' = ', '=')}}`],
  ['CloudWatch.12', 'gateway-changes', `{${anyName('gateway-changes').replaceAll(' = ', '=')}}`],
  [
    'CloudWatch.13',
    'route-table-changes',
    `{($.eventSource=ec2.amazonaws.com) && (${anyName('route-table-changes').replaceAll(' = ', '=')})}`,
  ],
  ['CloudWatch.14', 'vpc-changes', `{${anyName('vpc-changes').replaceAll(' = ', '=')}}`],
];

/** Other activities of the benchmark: 4.1, 4.2 and 4.15. */
const OTHERS = [
  '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }',
  '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
  '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
  '{ ($.eventSource = organizations.amazonaws.com) && (($.eventName = "AcceptHandshake") || ($.eventName = "AttachPolicy") || ($.eventName = "CreateAccount")) }',
];

const cis = (activity: ActivityId): string => CIS.find(([, id]) => id === activity)![2];
const and = (activity: ActivityId, condition: string): string => `{ (${cis(activity).slice(1, -1)}) && ${condition} }`;

describe('the activities', () => {
  it.each(ACTIVITIES)('%s has the canonical events of its control', (activity) => {
    const control = DOCUMENTED_CONTROLS.find(({ slug }) => slug === `alarm-${activity}`);
    expect(control?.parameters).toEqual({ canonicalEvents: canonicalEvents(activity) });
  });

  it('are those of all alarm controls', () => {
    const slugs = DOCUMENTED_CONTROLS.map(({ slug }) => slug).filter((slug) => slug.startsWith('alarm-'));
    expect(ACTIVITIES.map((activity) => `alarm-${activity}`).sort()).toEqual(slugs.sort());
  });

  it.each(ACTIVITIES)('%s happens through several callers, from several addresses, and in several regions unless global', (activity) => {
    const records = canonicalRecords(activity, ACCOUNT);
    const distinct = (field: string) => new Set(records.map((record) => JSON.stringify(record[field]))).size;
    expect(distinct('userIdentity')).toBeGreaterThan(1);
    expect(distinct('sourceIPAddress')).toBeGreaterThan(1);
    expect(distinct('userAgent')).toBeGreaterThan(1);
    if (isGlobalActivity(activity)) expect(distinct('awsRegion')).toBe(1);
    else expect(distinct('awsRegion')).toBeGreaterThan(1);
  });

  it('are seen in us-east-1 alone where the service is global', () => {
    expect(ACTIVITIES.filter(isGlobalActivity)).toEqual(['iam-policy-changes']);
  });
});

describe('a metric filter', () => {
  it.each([...CIS, ...SECURITY_HUB])('of %s catches %s alone', (_, activity, pattern) => {
    expect(detectedByFilter(pattern)).toEqual([activity]);
  });

  it.each(OTHERS)('for another activity detects none of these: %s', (pattern) => expect(detectedByFilter(pattern)).toEqual([]));

  it.each<[string, ActivityId, string]>([
    ['extra spaces and line breaks', 'vpc-changes', ` \n${cis('vpc-changes').replaceAll(' || ', '\n  ||\n\t').replaceAll('=', '  =  ')}\n`],
    [
      'quoted values',
      'vpc-changes',
      `{ ${names('vpc-changes')
        .map((name) => `$.eventName = "${name}"`)
        .join(' || ')} }`,
    ],
    [
      'another order',
      'vpc-changes',
      `{ ${[...names('vpc-changes')]
        .reverse()
        .map((name) => `($.eventName = ${name})`)
        .join('||')} }`,
    ],
    ['wildcards', 'nacl-changes', '{ $.eventSource = ec2.* && $.eventName = "*NetworkAcl*" && $.readOnly IS FALSE }'],
    ['regular expressions', 'cmk-disable-delete', '{ $.eventName = %^DisableKey$|ScheduleKeyDeletion% }'],
    ['a regular expression on the text', 'cmk-disable-delete', '%"eventName":"(DisableKey|ScheduleKeyDeletion)"%'.replace(/[()]/g, '')],
    [
      'all calls but some',
      'cloudtrail-changes',
      '{ $.eventSource = cloudtrail.amazonaws.com && $.eventName != %^Describe|^Get|^List|^Lookup% }',
    ],
    ['all changes of IAM', 'iam-policy-changes', '{ $.eventSource = "iam.amazonaws.com" && $.readOnly IS FALSE }'],
    ['all changes of CloudTrail', 'cloudtrail-changes', '{ ($.eventSource = cloudtrail.amazonaws.com) && ($.readOnly IS FALSE) }'],
    [
      'all changes of buckets',
      's3-policy-changes',
      '{ $.eventSource = s3.amazonaws.com && ($.eventName = "PutBucket*" || $.eventName = "DeleteBucket*") }',
    ],
    [
      'failures and denied calls',
      'console-auth-failures',
      '{ ($.errorMessage = "Failed authentication") || ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    ],
    ['more events', 'gateway-changes', `{ ${anyName('gateway-changes')} || ($.eventName = CreateVpnGateway) }`],
    ['successful calls alone', 's3-policy-changes', and('s3-policy-changes', '($.errorCode NOT EXISTS)')],
    ['its own account alone', 'config-changes', and('config-changes', `$.recipientAccountId = ${ACCOUNT}`)],
    ['its own account alone, as text', 'config-changes', and('config-changes', `$.userIdentity.accountId = "${ACCOUNT}"`)],
    ['writes alone', 'config-changes', and('config-changes', '$.readOnly IS FALSE')],
    ['all but one person', 'config-changes', and('config-changes', `$.userIdentity.arn != "arn:aws:iam::${ACCOUNT}:user/robot"`)],
    ['all but one address', 'root-usage', and('root-usage', '$.sourceIPAddress != 203.0.113.*')],
    ['all but the root user', 'nacl-changes', and('nacl-changes', '$.userIdentity.type != "Root"')],
    [
      'failures by what the sign-in answers',
      'console-auth-failures',
      '{ $.eventName = ConsoleLogin && $.responseElements.ConsoleLogin = Failure }',
    ],
    ['any term of the text', 'cmk-disable-delete', '?DisableKey ?ScheduleKeyDeletion'],
  ])('that asks for %s still catches %s', (_, activity, pattern) => expect(detectedByFilter(pattern)).toContain(activity));

  it.each<[string, ActivityId, string]>([
    ['one event name missing', 'vpc-changes', cis('vpc-changes').replace('($.eventName = ModifyVpcAttribute) || ', '')],
    ['one event name misspelt', 'vpc-changes', cis('vpc-changes').replace('ModifyVpcAttribute', 'ModifyVPCAttribute')],
    ['&& for ||', 'cloudtrail-changes', cis('cloudtrail-changes').replaceAll('||', '&&')],
    ['one && among the ||', 'cloudtrail-changes', cis('cloudtrail-changes').replace('||', '&&')],
    [
      'a condition that && binds to the first name alone',
      'vpc-changes',
      `{ $.eventSource = x && ${anyName('vpc-changes').replace('CreateVpc)', 'x)')} }`,
    ],
    ['the wrong service', 's3-policy-changes', cis('s3-policy-changes').replace('s3.amazonaws.com', 's3.amazonaws.org')],
    ['a missing space in the message', 'console-auth-failures', cis('console-auth-failures').replace('Failed a', 'Faileda')],
    ['an unquoted message', 'console-auth-failures', cis('console-auth-failures').replaceAll('"', '')],
    ['single quotes', 'console-auth-failures', cis('console-auth-failures').replaceAll('"', "'")],
    ['a missing parenthesis', 'config-changes', cis('config-changes').replace(')) }', ') }')],
    ['no braces', 'config-changes', cis('config-changes').slice(1, -1)],
    ['one event by a regular expression', 'cmk-disable-delete', '{ $.eventName = %Disable[^S]ey% }'],
    ['a regular expression that cannot be read', 'cmk-disable-delete', '{ $.eventName = %(DisableKey|ScheduleKeyDeletion)% }'],
    ['?terms next to others', 'cmk-disable-delete', 'kms ?DisableKey ?ScheduleKeyDeletion'],
    ['NOT EXISTS run together with the name', 'root-usage', cis('root-usage').replace('invokedBy NOT', 'invokedByNOT')],
    ['root sign-ins alone', 'root-usage', '{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }'],
    ['root API calls alone', 'root-usage', and('root-usage', '$.eventType = AwsApiCall')],
    ['root calls without MFA alone', 'root-usage', and('root-usage', '$.userIdentity.sessionContext.attributes.mfaAuthenticated != true')],
    ['one service of root', 'root-usage', and('root-usage', '$.eventSource != s3.amazonaws.com')],
    ['failures of IAM users alone', 'console-auth-failures', and('console-auth-failures', '$.userIdentity.type = IAMUser')],
    ['failures without MFA alone', 'console-auth-failures', and('console-auth-failures', '$.additionalEventData.MFAUsed = No')],
    [
      'an exception by ARN, which failed sign-ins of IAM users lack',
      'console-auth-failures',
      and('console-auth-failures', '$.userIdentity.arn != x'),
    ],
    ['an exception by user name, which roles lack', 'vpc-changes', and('vpc-changes', '$.userIdentity.userName != robot')],
    ['failed calls alone, by an error code that successful ones lack', 'vpc-changes', and('vpc-changes', '$.errorCode != AccessDenied')],
    ['one caller', 'vpc-changes', and('vpc-changes', `$.userIdentity.arn = "arn:aws:iam::${ACCOUNT}:user/*"`)],
    ['one kind of caller', 'iam-policy-changes', and('iam-policy-changes', '$.userIdentity.type = AssumedRole')],
    ['one region', 'vpc-changes', and('vpc-changes', '$.awsRegion = eu-west-1')],
    ['all regions but one that is used', 'vpc-changes', and('vpc-changes', '$.awsRegion != eu-west-1')],
    ['one source address', 'vpc-changes', and('vpc-changes', '$.sourceIPAddress = 192.0.2.*')],
    ['one client', 'vpc-changes', and('vpc-changes', '$.userAgent = "aws-cli*"')],
    ['one resource', 's3-policy-changes', and('s3-policy-changes', '$.requestParameters.bucketName = example-1')],
    ['another account', 'vpc-changes', and('vpc-changes', '$.recipientAccountId = 222222222222')],
    [
      'one caller for each event',
      'cmk-disable-delete',
      '{ ($.eventName = DisableKey && $.userIdentity.type = IAMUser) || ($.eventName = ScheduleKeyDeletion && $.userIdentity.type = AssumedRole) }',
    ],
    ['an excluded term that the records hold', 'cmk-disable-delete', '?DisableKey ?ScheduleKeyDeletion -kms'],
    ['space-delimited fields', 'cmk-disable-delete', '[event = *DisableKey* || event = *ScheduleKeyDeletion*]'],
    ['nothing that can be read', 'vpc-changes', '{ $.eventName IN (CreateVpc) }'],
  ])('that asks for %s does not catch %s', (_, activity, pattern) => expect(detectedByFilter(pattern)).not.toContain(activity));

  it.each(ACTIVITIES.filter((activity) => !['root-usage', 'console-auth-failures'].includes(activity)))(
    'for %s must name every event',
    (activity) => {
      for (const left of names(activity)) {
        const others = names(activity).filter((name) => name !== left);
        expect(detectedByFilter(`{ ${others.map((name) => `$.eventName = ${name}`).join(' || ')} }`)).toEqual([]);
      }
      expect(detectedByFilter(`{ ${anyName(activity)} }`)).toEqual([activity]);
    },
  );

  it.each<[string, string, string]>([
    ['no pattern', '', 'ec2 DescribeInstances'],
    ['an empty term', '""', 'ec2 DescribeInstances'],
    ['any event name', '{ $.eventName = * }', 'ec2 DescribeInstances'],
    ['any event source', '{ $.eventSource = "*" }', 'ec2 DescribeInstances'],
    ['any text', '%.%', 'ec2 DescribeInstances'],
    ['every event but one', '{ $.eventName != CreateTags }', 'ec2 DescribeInstances'],
    ['something absent', '{ $.nothing NOT EXISTS }', 'ec2 DescribeInstances'],
    ['every change', '{ $.readOnly IS FALSE }', 'ec2 CreateNetworkInterface'],
    ['every event but reads by name', '{ $.eventName != %^Get|^List|^Describe|^Decrypt% }', 'kms GenerateDataKey'],
    [
      'names that begin so',
      '{ $.eventName = "Create*" || $.eventName = "Delete*" || $.eventName = "Put*" || $.eventName = "Attach*" }',
      'ec2 CreateNetworkInterface',
    ],
    ['one service', '{ $.eventSource = cloudtrail.amazonaws.com }', 'cloudtrail DescribeTrails'],
    ['reads of the same things', '{ $.eventName = "*NetworkAcl*" }', 'ec2 DescribeNetworkAcls'],
    ['every sign-in', '{ $.eventName = ConsoleLogin }', 'a sign-in that succeeded'],
    ['|| for &&', cis('console-auth-failures').replace('&&', '||'), 'a sign-in that succeeded'],
    ['every error', '{ $.errorMessage = * }', 'ssm GetParameter'],
    ['data events', '{ $.eventSource = s3.amazonaws.com && $.readOnly IS FALSE }', 's3 PutObject'],
    ['an activity or everything of a Region', `{ (${anyName('vpc-changes')}) || $.awsRegion = eu-west-1 }`, 'ec2 DescribeInstances'],
  ])('of %s is not selective', (_, pattern, ordinary) => {
    const matched = matchedByFilter(parseFilterPattern(pattern), ACCOUNT);
    expect(matched).toMatchObject({ readable: true, ordinary });
    expect(matched.activities).not.toEqual({});
    expect(detectedByFilter(pattern)).toEqual([]);
  });

  it('for several activities is selective', () => {
    const pattern = `{ (${cis('vpc-changes').slice(1, -1)}) || (${cis('root-usage').slice(1, -1)}) || (${cis('cloudtrail-changes').slice(1, -1)}) }`;
    expect(detectedByFilter(pattern)).toEqual(['root-usage', 'cloudtrail-changes', 'vpc-changes']);
  });

  it.each(['{ $.eventName IN (CreateVpc) }', '[ip, user, ...]', '{ $.eventName = %a{2% }', 'two-words', '%(a)%'])(
    'that cannot be read may match anything: %s',
    (pattern) => {
      const matched = matchedByFilter(parseFilterPattern(pattern), ACCOUNT);
      expect(matched.readable).toBe(false);
      expect(wholeActivities(matched)).toEqual(ACTIVITIES);
    },
  );

  it('matches a part of an activity', () => {
    expect(matchedByFilter(parseFilterPattern('{ $.eventName = DeleteTrail || $.eventName = StopLogging }'), ACCOUNT)).toEqual({
      readable: true,
      activities: { 'cloudtrail-changes': '0010100101' },
    });
    expect(matchedByFilter(parseFilterPattern('{ $.eventName = DescribeTrails }'), ACCOUNT)).toEqual({
      readable: true,
      activities: {},
      ordinary: 'cloudtrail DescribeTrails',
    });
  });

  it('is judged by the events of the account that it serves', () => {
    const pattern = and('vpc-changes', '$.recipientAccountId = 222222222222');
    expect(detectedByFilter(pattern, '222222222222')).toEqual(['vpc-changes']);
  });
});

describe('an EventBridge rule', () => {
  const calls = (activity: ActivityId, service: string, detail: object = {}): object => ({
    source: [`aws.${service}`],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventSource: [`${service}.amazonaws.com`], eventName: names(activity), ...detail },
  });

  it.each<[ActivityId, object]>([
    [
      'root-usage',
      {
        'detail-type': ['AWS API Call via CloudTrail', 'AWS Console Sign In via CloudTrail'],
        detail: { userIdentity: { type: ['Root'] } },
      },
    ],
    [
      'root-usage',
      { detail: { userIdentity: { type: ['Root'], invokedBy: [{ exists: false }] }, eventType: [{ 'anything-but': 'AwsServiceEvent' }] } },
    ],
    [
      'console-auth-failures',
      {
        source: ['aws.signin'],
        'detail-type': ['AWS Console Sign In via CloudTrail'],
        detail: { eventName: ['ConsoleLogin'], errorMessage: ['Failed authentication'] },
      },
    ],
    ['console-auth-failures', { detail: { responseElements: { ConsoleLogin: ['Failure'] } } }],
    ['iam-policy-changes', calls('iam-policy-changes', 'iam')],
    ['cloudtrail-changes', calls('cloudtrail-changes', 'cloudtrail')],
    ['cmk-disable-delete', calls('cmk-disable-delete', 'kms')],
    ['s3-policy-changes', calls('s3-policy-changes', 's3')],
    ['config-changes', calls('config-changes', 'config')],
    ['security-group-changes', calls('security-group-changes', 'ec2')],
    ['nacl-changes', calls('nacl-changes', 'ec2')],
    ['gateway-changes', calls('gateway-changes', 'ec2')],
    ['route-table-changes', calls('route-table-changes', 'ec2')],
    ['vpc-changes', calls('vpc-changes', 'ec2')],
    ['vpc-changes', calls('vpc-changes', 'ec2', { userIdentity: { arn: [{ 'anything-but': { suffix: ':user/robot' } }] } })],
    ['nacl-changes', { source: ['aws.ec2'], detail: { eventName: [{ wildcard: '*NetworkAcl*' }] } }],
  ])('catches %s alone by %j', (activity, pattern) => expect(detectedByRule(pattern)).toEqual([activity]));

  it('catches the activities of several services by $or', () => {
    const pattern = { $or: [calls('vpc-changes', 'ec2'), calls('cmk-disable-delete', 'kms')] };
    expect(detectedByRule(pattern)).toEqual(['cmk-disable-delete', 'vpc-changes']);
  });

  it.each<[string, ActivityId, unknown]>([
    [
      'root sign-ins alone',
      'root-usage',
      { 'detail-type': ['AWS Console Sign In via CloudTrail'], detail: { userIdentity: { type: ['Root'] } } },
    ],
    [
      'root API calls alone',
      'root-usage',
      { 'detail-type': ['AWS API Call via CloudTrail'], detail: { userIdentity: { type: ['Root'] } } },
    ],
    ['one event name missing', 'vpc-changes', { source: ['aws.ec2'], detail: { eventName: names('vpc-changes').slice(1) } }],
    ['one event name misspelt', 'vpc-changes', { detail: { eventName: ['createVpc', ...names('vpc-changes').slice(1)] } }],
    ['another service', 'vpc-changes', calls('vpc-changes', 'vpc')],
    ['API calls for sign-ins', 'console-auth-failures', calls('console-auth-failures', 'signin')],
    ['one region', 'vpc-changes', { region: ['eu-west-1'], detail: { eventName: names('vpc-changes') } }],
    ['one caller', 'vpc-changes', calls('vpc-changes', 'ec2', { userIdentity: { type: ['IAMUser'] } })],
    ['one block of addresses', 'vpc-changes', calls('vpc-changes', 'ec2', { sourceIPAddress: [{ cidr: '192.0.2.0/24' }] })],
    ['another account', 'vpc-changes', { account: ['222222222222'], detail: { eventName: names('vpc-changes') } }],
    [
      'events that are not of CloudTrail',
      'vpc-changes',
      { source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'] },
    ],
    ['an unknown operator', 'vpc-changes', { detail: { eventName: [{ contains: 'Vpc' }] } }],
    ['every event', 'vpc-changes', { 'detail-type': ['AWS API Call via CloudTrail'] }],
    ['every change of EC2', 'vpc-changes', { source: ['aws.ec2'] }],
    ['text that was not parsed', 'vpc-changes', JSON.stringify(calls('vpc-changes', 'ec2'))],
    ['nothing', 'vpc-changes', undefined],
  ])('that asks for %s does not catch %s', (_, activity, pattern) => expect(detectedByRule(pattern)).not.toContain(activity));

  it('is judged by the events of the account that it serves', () => {
    const pattern = { ...calls('vpc-changes', 'ec2'), account: ['222222222222'] };
    expect(detectedByRule(pattern, '222222222222')).toEqual(['vpc-changes']);
  });

  it('gets no reads in state ENABLED', () => {
    const pattern = { source: ['aws.cloudtrail'] };
    expect(detectedByRule(pattern)).toEqual(['cloudtrail-changes']);
    expect(matchedByRule(pattern, ACCOUNT, true).ordinary).toBe('cloudtrail DescribeTrails');
  });

  it('with an operator that csmm does not know may match what the rest of the pattern matches', () => {
    const unknown = { eventName: [{ contains: 'Key' }] };
    const matched = matchedByRule({ source: ['aws.kms'], detail: unknown }, ACCOUNT, false);
    expect(matched).toEqual({ readable: false, activities: { 'cmk-disable-delete': '1111' } });
    expect(matchedByRule({ source: ['aws.health'], detail: unknown }, ACCOUNT, false)).toEqual({ readable: true, activities: {} });
  });
});

describe('ordinary events', () => {
  it('are no event of an activity', () => {
    const ordinary = ordinaryEvents(ACCOUNT).map(({ name }) => name.split(' ').at(-1));
    for (const activity of ACTIVITIES) for (const name of names(activity)) expect(ordinary).not.toContain(name);
  });

  it('come from two callers in two Regions, but for the sign-in', () => {
    const events = ordinaryEvents(ACCOUNT);
    const regions = new Map<string, Set<string>>();
    for (const { name, record } of events) regions.set(name, new Set([...(regions.get(name) ?? []), record.awsRegion]));
    expect([...regions].filter(([, found]) => found.size < 2).map(([name]) => name)).toEqual(
      expect.arrayContaining(['a sign-in that succeeded']),
    );
    expect(new Set(events.map(({ record }) => JSON.stringify(record.userIdentity))).size).toBeGreaterThan(1);
  });
});

describe('a pattern that takes long', () => {
  const accounts = Array.from({ length: 60 }, (_, index) => 100_000_000_000 + index);
  const facts = (filterPattern: string) => factsOf('AWS::Logs::MetricFilter', { filterPattern }).facts as MetricFilterFacts;

  it.each([
    ['a filter with many wildcards', `{ ${accounts.slice(0, 50).map((id) => `$.*=*${id}`)} }`.replaceAll(',', '||')],
    ['a filter with an expression of repetitions', `%${'.*'.repeat(19)}[~]|${accounts.join('|')}%`],
    ['a filter with classes', `%${'[a-zA-Z0-9 ".:{},_/-]*'.repeat(19)}[~]|${accounts.slice(0, 20).join('|')}%`],
  ])('is unread where the budget does not suffice: %s', (_, pattern) => {
    const { named = {} } = facts(pattern).detects ?? {};
    const { readable, activities } = Object.values(named).at(-1) ?? {};
    expect(readable).toBe(false);
    expect(Object.keys(activities ?? {})).toEqual([...ACTIVITIES]);
  });

  it('is unread as a rule, too', () => {
    const detail = { userAgent: accounts.map((id) => ({ wildcard: `*a*b*${id}*` })) };
    const { detects } = factsOf('AWS::Events::DefaultBusRule', { State: 'ENABLED', EventPattern: JSON.stringify({ detail }) })
      .facts as DefaultBusRuleFacts;
    expect(Object.values(detects?.named ?? {}).at(-1)?.readable).toBe(false);
  });

  it('is read if it leaves out as many accounts as fit', () => {
    const leftOut = accounts.slice(0, 18).map((id) => `$.recipientAccountId!=${id}`);
    const pattern = `{${leftOut.join('&&')}&&(${filterCondition('cloudtrail-changes')})}`;
    expect(pattern.length).toBeLessThanOrEqual(1024);
    const { anywhere, named = {} } = facts(pattern).detects ?? {};
    expect(anywhere).toEqual({ readable: true, activities: { 'cloudtrail-changes': '1'.repeat(10) } });
    expect(new Set(Object.values(named).map((matched) => JSON.stringify(matched)))).toEqual(
      new Set([JSON.stringify({ readable: true, activities: {} })]),
    );
  });
});
