import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import noOpenAdminPorts from '../../controls/networking/net-l1-01-no-open-admin-ports.ts';
import naclAdminPorts from '../../controls/networking/net-l2-02-nacl-admin-ports.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import type { ControlDefinition } from '../../core/control.ts';
import { evaluateRule } from '../../core/evaluation/evaluate.ts';
import { LOAD_BALANCER_TLS_1_2 } from '../../core/policy/tls-policies.ts';
import { type RunbookParameters, remedyFor } from '../../core/remediation/model/remedy.ts';
import { type CallApi, InvalidAutomationExecutionParametersException, runAutomation } from '../support/automation.ts';
import { changesOf, closeLoop, type LoopAccount, undoParameters } from '../support/closed-loop.ts';
import { CAPTURED_AT, type Estate, inventoryOf } from '../support/control.ts';
import { factsOf } from '../support/facts.ts';
import { useMoto } from '../support/moto.ts';
import { type Json, readRunbook } from '../support/runbook-document.ts';
import { runbookText } from '../support/runbooks.ts';

// The emulator lists only the given features of a detector, so a detector of a runbook never has the foundational ones. It denies a
// member account nothing, and never reports that it did not create a flow log. The tests simulate these cases in memory. They also
// simulate every generated set of rules, with the shapes of the botocore models.

const ROLE = 'arn:aws:iam::111111111111:role/csmm-remediation';

const run = (runbook: string, parameters: RunbookParameters, call: CallApi) =>
  runAutomation(runbookText(runbook), { ...parameters, AutomationAssumeRole: [ROLE] }, { call });

const failure = (name: string) => Object.assign(new Error('made up'), { name });
const unexpected = (api: string): never => {
  throw failure(`${api}IsNotPlayed`);
};

/** Returns the plan of the remedy of a control for one resource. */
function planOf(controlId: string, resourceType: keyof Estate, estate: Estate, resourceId: string) {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId };
  return remedyFor(REMEDIES, controlId, resource)?.plan({ resource, inventory: inventoryOf(estate), declared: {} });
}

const GROUP = 'sg-0123456789abcdef0';
const ACL = 'acl-0123456789abcdef0';
const VPC = 'vpc-0123456789abcdef0';
const BALANCER = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/web/0123456789abcdef';
const listenerArn = (id: string) => `${BALANCER.replace(':loadbalancer/', ':listener/')}/${id}`;
const PLAIN = listenerArn('0000000000000001');
const SECURE = listenerArn('0000000000000002');

const ofGroup = (ingress: object[] | undefined, lists: Estate['AWS::EC2::PrefixList'] = {}) =>
  planOf(
    'NET-L1-01',
    'AWS::EC2::SecurityGroup',
    { 'AWS::EC2::SecurityGroup': { [GROUP]: { ...(ingress && { ingress }) } }, 'AWS::EC2::PrefixList': lists } as Estate,
    GROUP,
  );
const OPEN_SSH = { protocol: 'tcp', from: 22, to: 22, openTo: ['0.0.0.0/0'] };
const ofListeners = (plain: object, ...others: object[]) => {
  const facts = [plain, ...others].map((each) => ({ loadBalancerArn: BALANCER, ...each }));
  const listeners = Object.fromEntries(facts.map((each, index) => [listenerArn(`000000000000000${index + 1}`), each]));
  return planOf('NET-L1-03', 'AWS::ElasticLoadBalancingV2::Listener', { 'AWS::ElasticLoadBalancingV2::Listener': listeners }, PLAIN);
};
const ofPolicy = (sslPolicy?: string) =>
  planOf(
    'NET-L1-04',
    'AWS::ElasticLoadBalancingV2::Listener',
    {
      'AWS::ElasticLoadBalancingV2::Listener': {
        [SECURE]: { loadBalancerArn: BALANCER, protocol: 'HTTPS', ...(sslPolicy && { sslPolicy }) },
      },
    },
    SECURE,
  );
const ofAcl = (
  worldEntries?: { number: number; ipv6: boolean; allow: boolean; from?: number; to?: number; block?: string }[],
  vpc: object = { vpcId: VPC },
) =>
  planOf(
    'NET-L2-02',
    'AWS::EC2::NetworkAcl',
    { 'AWS::EC2::NetworkAcl': { [ACL]: { ...vpc, ...(worldEntries && { worldEntries }) } } },
    ACL,
  );
/** The default security group of the VPC, and a network interface. */
const ofDefault = (groupIds: readonly string[] = [], vpc: object = { vpcId: VPC }) =>
  planOf(
    'NET-L1-02',
    'AWS::EC2::SecurityGroup',
    { 'AWS::EC2::SecurityGroup': { [GROUP]: vpc }, 'AWS::EC2::NetworkInterface': { 'eni-0123456789abcdef0': { groupIds } } },
    GROUP,
  );
const ofDetector = (facts: object) =>
  planOf('NET-L2-03', 'AWS::GuardDuty::RegionSettings', { 'AWS::GuardDuty::RegionSettings': { 'eu-west-1': facts } }, 'eu-west-1');

const CLASSIC = 'AWS::ElasticLoadBalancing::LoadBalancer';
const ofClassic = (tls: object) => {
  const listeners = Object.keys(tls).map((port) => ({ protocol: 'HTTPS', port: Number(port) }));
  return planOf('NET-L1-04', CLASSIC, { [CLASSIC]: { web: { listeners, tls } } } as Estate, 'web');
};
const DOMAIN = 'AWS::ApiGateway::DomainName';
const ofDomainName = (name: string, securityPolicy?: string) =>
  planOf('NET-L1-04', DOMAIN, { [DOMAIN]: { [name]: { ...(securityPolicy && { securityPolicy }) } } }, name);

const HTTP = { protocol: 'HTTP', port: 80, actions: ['forward'] };
const https = (port: number) => ({ protocol: 'HTTPS', port });

describe('the plan of a remedy', () => {
  it.each([
    ['NET-L1-01 names the group', ofGroup([{ protocol: '-1', openTo: ['0.0.0.0/0'] }]), { SecurityGroupId: [GROUP] }],
    [
      'NET-L1-01 lets a prefix list be that opens another port',
      ofGroup([
        { protocol: 'tcp', from: 22, to: 22, openTo: ['::/0'] },
        { protocol: 'tcp', from: 443, to: 443, prefixLists: ['pl-1'] },
      ]),
      { SecurityGroupId: [GROUP] },
    ],
    [
      'NET-L1-01 lets a prefix list be that does not have the internet',
      ofGroup([{ ...OPEN_SSH, prefixLists: ['pl-1'] }], { 'pl-1': { ranges: ['198.51.100.0/24'] } }),
      { SecurityGroupId: [GROUP] },
    ],
    [
      'NET-L1-01 lets ranges be that are not the internet',
      ofGroup([{ ...OPEN_SSH, ranges: ['198.51.100.0/24', '64.0.0.0/2'] }]),
      { SecurityGroupId: [GROUP] },
    ],
    ['NET-L1-02 names the group', ofDefault(['sg-0123456789abcdef1']), { SecurityGroupId: [GROUP] }],
    ['NET-L1-03 prefers port 443', ofListeners(HTTP, https(8443), https(443)), { ListenerArn: [PLAIN], HttpsPort: ['443'] }],
    [
      'NET-L1-03 takes the lowest port otherwise',
      ofListeners(HTTP, https(9443), https(8443)),
      { ListenerArn: [PLAIN], HttpsPort: ['8443'] },
    ],
    [
      'NET-L1-04 names the policy',
      ofPolicy('ELBSecurityPolicy-2016-08'),
      { ListenerArn: [SECURE], SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-2021-06'], OldPolicy: ['ELBSecurityPolicy-2016-08'] },
    ],
    [
      'NET-L1-04 keeps to FIPS 140',
      ofPolicy('ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04'),
      {
        ListenerArn: [SECURE],
        SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04'],
        OldPolicy: ['ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04'],
      },
    ],
    [
      'NET-L1-04 keeps to post-quantum key exchange',
      ofPolicy('ELBSecurityPolicy-TLS13-1-0-PQ-2025-09'),
      {
        ListenerArn: [SECURE],
        SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-PQ-2025-09'],
        OldPolicy: ['ELBSecurityPolicy-TLS13-1-0-PQ-2025-09'],
      },
    ],
    [
      'NET-L1-04 keeps to both',
      ofPolicy('ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09'),
      {
        ListenerArn: [SECURE],
        SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09'],
        OldPolicy: ['ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09'],
      },
    ],
    ['NET-L2-01 names the VPC', planOf('NET-L2-01', 'AWS::EC2::VPC', { 'AWS::EC2::VPC': { [VPC]: {} } }, VPC), { VpcId: [VPC] }],
    ['NET-L2-02 names the network ACL', ofAcl([{ number: 100, ipv6: false, allow: true }]), { NetworkAclId: [ACL] }],
    [
      'NET-L2-02 goes by the rule that decides, not by the lowest',
      ofAcl([
        { number: 1, ipv6: false, allow: true, from: 443, to: 443 },
        { number: 100, ipv6: false, allow: true },
      ]),
      { NetworkAclId: [ACL] },
    ],
    [
      'NET-L1-04 names the port of a Classic Load Balancer',
      ofClassic({ '443': { predefined: 'ELBSecurityPolicy-TLS-1-2-2017-01', protocols: [] }, '8443': { protocols: ['TLSv1', 'TLSv1.2'] } }),
      { LoadBalancerName: ['web'], Port: ['8443'] },
    ],
    [
      'NET-L1-04 names the domain name',
      ofDomainName('api.example.com', 'TLS_1_0'),
      { DomainName: ['api.example.com'], PreviousPolicy: ['TLS_1_0'] },
    ],
    ['NET-L2-03 needs nothing', ofDetector({ enabled: false, features: {}, administrator: null }), {}],
  ])('of %s', (_, plan, parameters) => {
    expect(plan).toMatchObject({ kind: 'run', parameters });
  });

  it.each([
    ['NET-L1-01', ofGroup([{ protocol: '-1', openTo: ['0.0.0.0/0'] }]), undefined],
    ['NET-L1-02', ofDefault(), ['AWS::EC2::VPC', VPC]],
    ['NET-L1-03', ofListeners(HTTP, https(443)), ['AWS::ElasticLoadBalancingV2::LoadBalancer', BALANCER]],
    ['NET-L1-04', ofPolicy('ELBSecurityPolicy-2016-08'), ['AWS::ElasticLoadBalancingV2::LoadBalancer', BALANCER]],
    ['NET-L2-02', ofAcl([{ number: 100, ipv6: false, allow: true }]), ['AWS::EC2::VPC', VPC]],
  ])('of %s tells what owns the resource', (_, plan, owner) => {
    const place = { accountId: '111111111111', region: 'eu-west-1' };
    const touches = owner && [{ ...place, resourceType: owner[0], resourceId: owner[1] }];
    expect(plan?.kind === 'run' && plan.touches).toEqual(touches);
  });

  it.each([
    ['NET-L1-01 where the rules were not read', ofGroup(undefined)],
    [
      'NET-L1-01 where a prefix list opens the port as well',
      ofGroup([{ protocol: 'tcp', from: 22, to: 22, openTo: ['0.0.0.0/0'], prefixLists: ['pl-1'] }]),
    ],
    [
      'NET-L1-01 where a prefix list has the internet',
      ofGroup([{ ...OPEN_SSH, prefixLists: ['pl-1'] }], { 'pl-1': { ranges: ['0.0.0.0/0'] } }),
    ],
    ['NET-L1-01 where the other ranges are the internet as well', ofGroup([{ ...OPEN_SSH, ranges: ['0.0.0.0/1'] }])],
    ['NET-L1-01 where the internet comes in pieces', ofGroup([{ protocol: '-1', ranges: ['0.0.0.0/1', '128.0.0.0/1'] }])],
    ['NET-L1-02 where a network interface uses the group', ofDefault(['sg-0123456789abcdef1', GROUP])],
    ['NET-L1-02 where the VPC is not known', ofDefault([], {})],
    ['NET-L1-03 where there is no HTTPS listener', ofListeners(HTTP)],
    [
      'NET-L1-03 where the HTTPS listener is of another load balancer',
      ofListeners(HTTP, { ...https(443), loadBalancerArn: `${BALANCER}0` }),
    ],
    ['NET-L1-03 where the listener is of a Network Load Balancer', ofListeners({ protocol: 'TCP', port: 80 }, https(443))],
    ['NET-L1-03 where the load balancer was not read', ofListeners({ ...HTTP, loadBalancerArn: undefined }, https(443))],
    ['NET-L1-04 where the policy was not read', ofPolicy()],
    ['NET-L1-04 where the policy is a newer one', ofPolicy('ELBSecurityPolicy-TLS13-1-3-2031-01')],
    ['NET-L1-04 where the policy is hostile', ofPolicy('ELBSecurityPolicy-2016-08"}')],
    ['NET-L2-01 where the VPC is gone', planOf('NET-L2-01', 'AWS::EC2::VPC', {}, VPC)],
    ['NET-L2-02 where the entries were not read', ofAcl()],
    ['NET-L2-02 where the VPC is not known', ofAcl([{ number: 100, ipv6: false, allow: true }], {})],
    [
      'NET-L2-02 where the internet comes in pieces',
      ofAcl([
        { number: 100, ipv6: false, allow: true, block: '0.0.0.0/1' },
        { number: 110, ipv6: false, allow: true, block: '128.0.0.0/1' },
      ]),
    ],
    [
      'NET-L2-02 where a part comes in before the rule for the rest',
      ofAcl([
        { number: 50, ipv6: false, allow: true, block: '0.0.0.0/1' },
        { number: 100, ipv6: false, allow: true },
      ]),
    ],
    ['NET-L2-02 where rule 1 lets the internet in', ofAcl([{ number: 1, ipv6: true, allow: true }])],
    ['NET-L2-03 where the detector was not read', ofDetector({ administrator: null })],
    ['NET-L2-03 where its administrator was not read', ofDetector({ enabled: false })],
    [
      'NET-L2-03 where another account manages it',
      ofDetector({ enabled: false, administrator: { accountId: '222222222222', relationship: 'ENABLED' } }),
    ],
    ['NET-L2-03 where a foundational source is off', ofDetector({ enabled: true, features: { DNS_LOGS: false }, administrator: null })],
  ])('of %s is that it cannot run', (_, plan) => {
    expect(plan).toEqual({ kind: 'cannot', reason: expect.stringMatching(/\S/) });
  });

  it.each([
    ['NET-L1-03', 'AWS::ElasticLoadBalancing::LoadBalancer'],
    ['NET-L1-03', 'AWS::CloudFront::Distribution'],
    ['NET-L1-04', 'AWS::CloudFront::Distribution'],
  ])('of %s is missing for %s', (controlId, resourceType) => {
    expect(remedyFor(REMEDIES, controlId, { resourceType })).toBeUndefined();
  });

  it.each([
    ['a stronger or unknown policy', ofDomainName('api.example.com', 'SecurityPolicy_TLS13_1_2_PQ_2025_09')],
    ['a policy that was not read', ofDomainName('api.example.com')],
    ['two old policies', ofClassic({ '443': { protocols: ['TLSv1'] }, '8443': { protocols: ['TLSv1'] } })],
    ['a policy of a Classic Load Balancer that was not read', ofClassic({ '443': { protocols: [] } })],
    ['a private domain name', ofDomainName('api.example.com+abc', 'TLS_1_0')],
  ])('of NET-L1-04 cannot replace %s', (_, plan) => expect(plan).toMatchObject({ kind: 'cannot' }));

  it('of NET-L1-04 replaces no policy that the control accepts, and by none that it does not', () => {
    for (const accepted of LOAD_BALANCER_TLS_1_2) expect(ofPolicy(accepted), accepted).toMatchObject({ kind: 'cannot' });
    for (const old of ['2016-08', 'TLS-1-1-2017-01', 'FS-2018-06', 'FS-1-1-2019-08', 'TLS13-1-0-2021-06', 'TLS13-1-0-FIPS-PQ-2025-09']) {
      const plan = ofPolicy(`ELBSecurityPolicy-${old}`);
      expect(LOAD_BALANCER_TLS_1_2, old).toContain(plan?.kind === 'run' && plan.parameters.SslPolicy?.[0]);
    }
  });
});

describe('the users of a security group', () => {
  const usesOf = (estate: Partial<Estate>, parts: Parameters<typeof inventoryOf>[2] = {}) => {
    const resource = {
      accountId: '111111111111',
      region: 'eu-west-1',
      resourceType: 'AWS::EC2::SecurityGroup',
      resourceId: GROUP,
    } as const;
    const groups = { 'AWS::EC2::SecurityGroup': { [GROUP]: { ingress: [OPEN_SSH] } } };
    const inventory = inventoryOf({ ...groups, ...estate } as Estate, {}, parts);
    const plan = remedyFor(REMEDIES, 'NET-L1-01', resource)?.plan({ resource, inventory, declared: {} });
    return plan?.kind === 'run' ? plan.uses : undefined;
  };
  const listed = { listings: () => [{ region: 'eu-west-1', capturedAt: '2026-01-01T00:00:00.000Z' }] };

  it('are named with their public addresses', () => {
    const groupIds = [GROUP];
    const some = { 'eni-1': { groupIds, publicIps: ['198.51.100.7'] }, 'eni-2': { groupIds }, 'eni-3': { groupIds: ['sg-1'] } };
    expect(usesOf({ 'AWS::EC2::NetworkInterface': some }, listed)).toEqual([
      '2 network interfaces use the group: eni-1 with public address 198.51.100.7, eni-2.',
      'The flows that the rules let in were not read.',
    ]);
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`eni-${index}`, { groupIds }]));
    expect(usesOf({ 'AWS::EC2::NetworkInterface': many }, listed)?.[0]).toMatch(/^9 network .*, and 4 more\.$/);
  });

  it('are none only if the network interfaces were read', () => {
    expect(usesOf({}, listed)).toEqual(['No network interface uses the group.']);
    expect(usesOf({})?.[0]).toContain('were not read');
  });
});

describe('a runbook of networks', () => {
  const told = { SecurityGroupId: [GROUP], PreviousRules: ['none'] };
  const rules = { PreviousFreeSshIpv4: ['99'], PreviousFreeRdpIpv4: ['0'], PreviousFreeSshIpv6: ['0'], PreviousFreeRdpIpv6: ['0'] };
  it.each<[string, RunbookParameters]>([
    ['CSMM-RevokePublicAdminIngress', { SecurityGroupId: ['{{ global:REGION }}'] }],
    ['CSMM-RevokePublicAdminIngress-Undo', { ...told, PreviousRules: ['tcp 22 22 0.0.0.0/0 #{{ global:REGION }}'] }],
    ['CSMM-RevokePublicAdminIngress-Undo', { ...told, PreviousRules: ['tcp 22 22 0.0.0.0/0 #a"b'] }],
    ['CSMM-RevokePublicAdminIngress-Undo', { ...told, PreviousRules: ['none', 'tcp 22'] }],
    ['CSMM-ClearDefaultSecurityGroup', { SecurityGroupId: ['default'] }],
    ['CSMM-ClearDefaultSecurityGroup-Undo', { SecurityGroupId: [GROUP], PreviousIngress: ['none'], PreviousEgress: ['{}'] }],
    ['CSMM-RedirectHttpToHttps', { ListenerArn: [PLAIN], HttpsPort: ['0'] }],
    ['CSMM-RedirectHttpToHttps', { ListenerArn: [PLAIN.replace('/app/', '/net/')], HttpsPort: ['443'] }],
    ['CSMM-RedirectHttpToHttps-Undo', { ListenerArn: [PLAIN], PreviousActions: ['[{"Type":"forward"}]'] }],
    ['CSMM-SetListenerTlsPolicy', { ListenerArn: [SECURE], SslPolicy: ['ELBSecurityPolicy-2016-08'] }],
    ['CSMM-SetListenerTlsPolicy-Undo', { ListenerArn: [SECURE], PreviousPolicy: ['{{ ListenerArn }}'] }],
    ['CSMM-SetClassicTlsPolicy', { LoadBalancerName: ['web'], Port: ['0'] }],
    ['CSMM-SetClassicTlsPolicy-Undo', { LoadBalancerName: ['web'], Port: ['443'], PreviousPolicies: ['a b'], NewPolicies: ['b'] }],
    ['CSMM-SetDomainNameTlsPolicy', { DomainName: ['a b'], PreviousPolicy: ['TLS_1_0'] }],
    ['CSMM-SetDomainNameTlsPolicy-Undo', { DomainName: ['a.example.com'], PreviousPolicy: ['{{ DomainName }}'] }],
    ['CSMM-EnableVpcFlowLogs', { VpcId: ['vpc-1,vpc-2'] }],
    [
      'CSMM-EnableVpcFlowLogs-Undo',
      { VpcId: [VPC], PreviousFlowLogId: ['No output available yet because the step is not successfully executed'] },
    ],
    ['CSMM-DenyAdminPortsInNetworkAcl', { NetworkAclId: [`${ACL}"`] }],
    ['CSMM-DenyAdminPortsInNetworkAcl-Undo', { NetworkAclId: [ACL], ...rules, PreviousFreeSshIpv4: ['-1'] }],
    ['CSMM-EnableGuardDuty-Undo', { PreviousDetectorId: ['*'], PreviousStatus: ['DISABLED'] }],
  ])('%s does not start with %j', async (runbook, parameters) => {
    await expect(run(runbook, parameters, async () => ({}))).rejects.toThrow(InvalidAutomationExecutionParametersException);
  });
});

interface Answer {
  readonly [name: string]: unknown;
}
type Permission = { readonly [name: string]: Json };
const SOURCES = ['IpRanges', 'Ipv6Ranges', 'PrefixListIds', 'UserIdGroupPairs'] as const;
const NAMES = ['CidrIp', 'CidrIpv6', 'PrefixListId', 'GroupId', 'UserId', 'Description'];

/** The rules of a security group as separate strings. */
const rulesOf = (permissions: readonly Permission[], isDescribed = true): string[] =>
  permissions.flatMap(({ IpProtocol, FromPort, ToPort, ...rest }) =>
    SOURCES.flatMap((kind) =>
      ((rest[kind] ?? []) as readonly Permission[]).map((source) => {
        const terms = NAMES.flatMap((name) =>
          source[name] === undefined || (name === 'Description' && !isDescribed) ? [] : [source[name]],
        );
        return JSON.stringify([IpProtocol, FromPort, ToPort, kind, ...terms]);
      }),
    ),
  );

/** A security group in memory. It refuses to revoke a missing rule and to add an existing one. */
function groupInMemory(ingress: readonly Permission[], egress: readonly Permission[] = [], interfaces: readonly Json[] = []) {
  const group = { GroupName: 'default', IpPermissions: ingress, IpPermissionsEgress: egress };
  const call: CallApi = async (_, api, input) => {
    const kind = api.endsWith('Egress') ? 'IpPermissionsEgress' : 'IpPermissions';
    const given = (input.IpPermissions ?? []) as readonly Permission[];
    if (api === 'DescribeSecurityGroups') return { SecurityGroups: [group] };
    if (api === 'DescribeNetworkInterfaces') return { NetworkInterfaces: interfaces };
    if (api.startsWith('Revoke')) {
      const revoked = rulesOf(given, false);
      if (revoked.length === 0) throw failure('MissingParameter');
      if (!revoked.every((rule) => rulesOf(group[kind], false).includes(rule))) throw failure('InvalidPermission.NotFound');
      group[kind] = split(group[kind]).filter((permission) => !revoked.includes(rulesOf([permission], false)[0]!));
      return { Return: true };
    }
    if (!api.startsWith('Authorize')) return unexpected(api);
    const held = rulesOf(group[kind], false);
    if (rulesOf(given, false).some((rule) => held.includes(rule))) throw failure('InvalidPermission.Duplicate');
    group[kind] = [...group[kind], ...given];
    return { Return: true };
  };
  return { group, call };
}

/** Permissions with one source each. */
const split = (permissions: readonly Permission[]): Permission[] =>
  permissions.flatMap(({ IpProtocol, FromPort, ToPort, ...rest }) =>
    SOURCES.flatMap((kind) =>
      ((rest[kind] ?? []) as readonly Permission[]).map((source) => ({
        ...(IpProtocol !== undefined && { IpProtocol }),
        ...(FromPort !== undefined && { FromPort }),
        ...(ToPort !== undefined && { ToPort }),
        [kind]: [source],
      })),
    ),
  );

/** Whether a resource with this API description passes a control. */
function passes(control: ControlDefinition, resourceType: string, configuration: object): boolean {
  const rule = control.rules.find((each) => each.kind === 'resource' && each.resourceType === resourceType);
  if (rule?.kind !== 'resource') throw new Error(`${control.id} has no rule on ${resourceType}`);
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId: 'example' };
  const { compliance } = evaluateRule(rule, factsOf(resourceType, configuration), resource, CAPTURED_AT);
  if (compliance !== 'COMPLIANT' && compliance !== 'NON_COMPLIANT') throw new Error(`${control.id} says ${compliance}`);
  return compliance === 'COMPLIANT';
}

/** Returns the result or the error of a runbook script for each payload. One process runs all payloads. */
function returnsOf<T>(runbook: string, step: string, payloads: readonly unknown[]): { readonly returned?: T; readonly error?: string }[] {
  const { Script, Handler } = readRunbook(runbookText(runbook)).steps.find(({ name }) => name === step)?.inputs ?? {};
  const input = JSON.stringify({ Script, Handler, payloads });
  return JSON.parse(execFileSync('python3', ['-I', '-c', EACH], { input, maxBuffer: 2 ** 26 }).toString());
}

const EACH = `
import json, sys
given = json.load(sys.stdin)
module = dict()
exec(given['Script'], module)
def attempt(payload):
    try:
        return dict(returned=module[given['Handler']](payload, dict()))
    except ValueError as error:
        return dict(error=str(error))
json.dump([attempt(payload) for payload in given['payloads']], sys.stdout)
`;

const description = fc.option(
  fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('{{ global:REGION }}', 'ssh from home', '"} %7B #', '日本')),
  { nil: undefined },
);
const described = <T extends object>(source: fc.Arbitrary<T>) =>
  fc.tuple(source, description).map(([each, Description]) => ({ ...each, ...(Description && { Description }) }));
const few = <T extends object>(source: fc.Arbitrary<T>) =>
  fc.uniqueArray(described(source), {
    maxLength: 3,
    selector: ({ Description: _, ...rest }: { Description?: string }) => JSON.stringify(rest),
  });
const ports = fc.constantFrom<[string, object]>(
  ['-1', {}],
  ['tcp', { FromPort: 22, ToPort: 22 }],
  ['tcp', { FromPort: 0, ToPort: 65535 }],
  ['tcp', { FromPort: 3000, ToPort: 4000 }],
  ['tcp', { FromPort: 443, ToPort: 443 }],
  ['udp', { FromPort: 22, ToPort: 22 }],
  ['icmp', { FromPort: -1, ToPort: -1 }],
  ['50', {}],
);
const permissions = fc
  .uniqueArray(
    fc
      .record({
        ports,
        IpRanges: few(fc.record({ CidrIp: fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '192.0.2.0/24', '198.51.100.0/30') })),
        Ipv6Ranges: few(fc.record({ CidrIpv6: fc.constantFrom('::/0', '2001:db8::/32') })),
        UserIdGroupPairs: few(
          fc.record({ GroupId: fc.constantFrom(GROUP, 'sg-0123456789abcdef1'), UserId: fc.constantFrom('111111111111', '222222222222') }),
        ),
        PrefixListIds: few(fc.record({ PrefixListId: fc.constantFrom('pl-0123456789abcdef0') })),
      })
      .map(({ ports: [IpProtocol, range], ...sources }): Permission => ({ IpProtocol, ...range, ...sources })),
    { selector: ({ IpProtocol, FromPort }) => `${IpProtocol} ${FromPort}`, maxLength: 4 },
  )
  .filter((each) => split(each).length > 0 || each.length === 0);

/** Runs many payloads at once, because the start of a process is slow. */
const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 80, maxLength: 80 });
const FEW_RUNS = { numRuns: 2, endOnFailure: true };
const byGroup = { SecurityGroupId: [GROUP] };
const byRule = { ...byGroup, Rules: ['tcp 22 22 0.0.0.0/0'] };

/** Returns the parameter `Rules` of the plan for a group. */
function plannedFor(ipPermissions: readonly Permission[]): readonly string[] {
  const { ingress } = factsOf('AWS::EC2::SecurityGroup', { ipPermissions: ipPermissions.map((each) => ({ ...each, PrefixListIds: [] })) })
    .facts as {
    ingress?: object[];
  };
  const plan = ofGroup(ingress);
  return plan?.kind === 'run' ? (plan.parameters.Rules ?? []) : [];
}

describe('CSMM-RevokePublicAdminIngress', () => {
  it('closes what the control calls open, touches nothing else, and is taken back whole', () => {
    const isClosed = (ingress: readonly Permission[]) =>
      passes(noOpenAdminPorts, 'AWS::EC2::SecurityGroup', { ipPermissions: ingress.map((each) => ({ ...each, PrefixListIds: [] })) });
    const without = (ingress: readonly Permission[], revoked: readonly Permission[]) =>
      split(ingress).filter((permission) => !rulesOf(revoked).includes(rulesOf([permission], false)[0] ?? ''));
    fc.assert(
      fc.property(many(permissions), (groups) => {
        const verified = returnsOf(
          'CSMM-RevokePublicAdminIngress',
          'verify',
          groups.map((Ingress) => ({ Ingress })),
        );
        expect(verified.map(({ error }) => error === undefined)).toEqual(groups.map(isClosed));
        const picked = returnsOf<{ IsOpen: boolean; Rules: Permission[]; PreviousRules: string[]; NewRules: string }>(
          'CSMM-RevokePublicAdminIngress',
          'pick',
          groups.map((Ingress) => ({ Ingress, Planned: plannedFor(Ingress) })),
        ).map(({ returned }) => returned!);
        const left = groups.map((ingress, at) => without(ingress, picked[at]!.Rules));
        expect(left.map(isClosed)).not.toContain(false);
        expect(picked.map(({ IsOpen }) => IsOpen)).toEqual(groups.map((ingress) => !isClosed(ingress)));
        for (const rule of rulesOf(picked.flatMap(({ Rules }) => Rules)))
          expect(rule).toMatch(/^\["(-1|tcp)",(null|22|0|3000),.*"(0\.0\.0\.0|::)\/0"\]$/);
        const recorded = picked.map(({ PreviousRules, NewRules }, at) => ({ PreviousRules, NewRules, Ingress: left[at]! }));
        const compared = returnsOf<{ Rules: Permission[] }>('CSMM-RevokePublicAdminIngress-Undo', 'compare', recorded);
        const restored = left.map((ingress, at) => [...ingress, ...compared[at]!.returned!.Rules]);
        expect(restored.map((ingress) => rulesOf(ingress).sort())).toEqual(groups.map((ingress) => rulesOf(ingress).sort()));
        const again = recorded.map(({ PreviousRules, NewRules }, at) => ({ PreviousRules, NewRules, Ingress: restored[at]! }));
        expect(
          returnsOf('CSMM-RevokePublicAdminIngress-Undo', 'verify', [...again, ...recorded]).map(({ error }) => error === undefined),
        ).toEqual([...again.map(() => true), ...groups.map(isClosed)]);
      }),
      FEW_RUNS,
    );
  });

  const ssh = (sources: object): Permission => ({ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, ...sources });
  it.each<[string, string]>([
    ['opening brackets', '('.repeat(200)],
    ['braces', '{'.repeat(255)],
    ['signs of the record itself', ', tcp 3389 3389 ::/0 #%'],
  ])('closes a rule with a description of %s, and is taken back', async (_, Description) => {
    const { group, call } = groupInMemory([ssh({ IpRanges: [{ CidrIp: '0.0.0.0/0', Description }] })]);
    const fix = await run('CSMM-RevokePublicAdminIngress', byRule, call);
    expect(fix, fix.failure).toMatchObject({ status: 'Success' });
    expect(group.IpPermissions).toEqual([]);
    const undo = await run('CSMM-RevokePublicAdminIngress-Undo', undoParameters('CSMM-RevokePublicAdminIngress', byRule, fix), call);
    expect(undo, undo.failure).toMatchObject({ status: 'Success' });
    expect(group.IpPermissions).toEqual([ssh({ IpRanges: [{ CidrIp: '0.0.0.0/0', Description: Description.slice(0, 130) }] })]);
  });

  it('closes 120 rules at once, and is taken back without their descriptions', async () => {
    const rules = Array.from({ length: 120 }, (_, index) => ({
      IpProtocol: 'tcp',
      FromPort: 22,
      ToPort: 100 + index,
      IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'x' }],
    }));
    const { group, call } = groupInMemory(rules);
    const parameters = { ...byGroup, Rules: plannedFor(rules) };
    const fix = await run('CSMM-RevokePublicAdminIngress', parameters, call);
    expect(fix, fix.failure).toMatchObject({ status: 'Success' });
    expect(group.IpPermissions).toEqual([]);
    const undo = await run('CSMM-RevokePublicAdminIngress-Undo', undoParameters('CSMM-RevokePublicAdminIngress', parameters, fix), call);
    expect(undo, undo.failure).toMatchObject({ status: 'Success' });
    expect(rulesOf(group.IpPermissions).sort()).toEqual(rulesOf(rules, false).sort());
  });

  it.each<[string, Permission[]]>([
    ['another rule has come', [ssh({ IpRanges: [{ CidrIp: '0.0.0.0/0' }] }), { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]],
    ['another rule has come in its place', [ssh({ Ipv6Ranges: [{ CidrIpv6: '::/0' }] })]],
  ])('changes nothing where %s than was planned', async (_, ingress) => {
    const { group, call } = groupInMemory(ingress);
    const ended = await run('CSMM-RevokePublicAdminIngress', byRule, call);
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('no longer those of the plan: now') });
    expect(changesOf(ended)).toEqual([]);
    expect(group.IpPermissions).toEqual(ingress);
  });

  it('fails where the group still is open after the change', async () => {
    const { group, call } = groupInMemory([ssh({ IpRanges: [{ CidrIp: '0.0.0.0/0' }] })]);
    const deaf: CallApi = async (service, api, input) => (api.startsWith('Revoke') ? { Return: true } : call(service, api, input));
    expect(await run('CSMM-RevokePublicAdminIngress', byRule, deaf)).toMatchObject({
      status: 'Failed',
      failure: expect.stringContaining('verify'),
    });
    expect(group.IpPermissions).toHaveLength(1);
  });

  it('adds only what is not there again already', async () => {
    const any = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    const { group, call } = groupInMemory([ssh({ IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'ssh from home' }] }), any]);
    const parameters = { ...byGroup, Rules: ['tcp 22 22 0.0.0.0/0', '-1 - - ::/0'] };
    const fix = await run('CSMM-RevokePublicAdminIngress', parameters, call);
    group.IpPermissions = [ssh({ IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'by hand' }] })];
    const undo = await run('CSMM-RevokePublicAdminIngress-Undo', undoParameters('CSMM-RevokePublicAdminIngress', parameters, fix), call);
    expect(undo, undo.failure).toMatchObject({ status: 'Success' });
    expect(group.IpPermissions.slice(1)).toEqual([any]);
  });
});

describe('CSMM-ClearDefaultSecurityGroup', () => {
  it('revokes every rule, and is taken back whole', () => {
    type Recorded = { readonly [name in 'Ingress' | 'Egress']: Permission[] } & { PreviousIngress: string[]; PreviousEgress: string[] };
    fc.assert(
      fc.property(many(fc.tuple(permissions, permissions)), (groups) => {
        const payloads = groups.map(([Ingress, Egress]) => ({ Ingress, Egress, Interfaces: [] }));
        const recorded = returnsOf<Recorded>('CSMM-ClearDefaultSecurityGroup', 'record', payloads).map(({ returned }) => returned!);
        const texts = (each: { Ingress: readonly Permission[]; Egress: readonly Permission[] }, isDescribed: boolean) =>
          [each.Ingress, each.Egress].map((rules) => rulesOf(rules, isDescribed).sort());
        expect(recorded.map((each) => texts(each, true))).toEqual(payloads.map((each) => texts(each, false)));
        const empty = recorded.map(({ PreviousIngress, PreviousEgress }) => ({ PreviousIngress, PreviousEgress, Ingress: [], Egress: [] }));
        const compared = returnsOf<Recorded>('CSMM-ClearDefaultSecurityGroup-Undo', 'compare', empty).map(({ returned }) => returned!);
        expect(compared.map((each) => texts(each, true))).toEqual(payloads.map((each) => texts(each, true)));
      }),
      FEW_RUNS,
    );
  });

  const any: Permission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  it.each([
    [
      'a network interface uses the group',
      groupInMemory([any], [], [{ NetworkInterfaceId: 'eni-0123456789abcdef0' }]),
      'network interface',
    ],
    [
      'a network interface uses its outbound rules',
      groupInMemory([], [any], [{ NetworkInterfaceId: 'eni-0123456789abcdef0' }]),
      'network interface',
    ],
  ])('fails without a change where %s', async (_, { call }, why) => {
    const ended = await run('CSMM-ClearDefaultSecurityGroup', byGroup, call);
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining(why) });
    expect(changesOf(ended)).toEqual([]);
  });

  it('fails without a change for a group that is not the default one', async () => {
    const { group, call } = groupInMemory([any]);
    group.GroupName = 'web';
    const ended = await run('CSMM-ClearDefaultSecurityGroup', byGroup, call);
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('checkName') });
    expect(changesOf(ended)).toEqual([]);
  });
});

/** An entry of a network ACL in the format of EC2. */
interface Entry {
  readonly [name: string]: Json | undefined;
  readonly RuleNumber: number;
}

/** A network ACL in memory, with unique numbers in each direction. */
function aclInMemory(entries: readonly Entry[]) {
  const acl = { Entries: [...entries] };
  const at = ({ RuleNumber, Egress }: Answer) =>
    acl.Entries.findIndex((entry) => entry.RuleNumber === RuleNumber && entry.Egress === Egress);
  const call: CallApi = async (_, api, input) => {
    const { NetworkAclId: _id, ...entry } = input;
    if (api === 'DescribeNetworkAcls') return { NetworkAcls: [acl] };
    if (api === 'CreateNetworkAclEntry') {
      if (at(input) >= 0) throw failure('NetworkAclEntryAlreadyExists');
      acl.Entries.push(entry as Entry);
      return {};
    }
    if (api !== 'DeleteNetworkAclEntry') return unexpected(api);
    if (at(input) < 0) throw failure('InvalidNetworkAclEntry.NotFound');
    acl.Entries.splice(at(input), 1);
    return {};
  };
  return { acl, call };
}

const entry = fc
  .record({
    RuleNumber: fc.integer({ min: 1, max: 8 }),
    Egress: fc.boolean(),
    RuleAction: fc.constantFrom('allow', 'allow', 'deny'),
    block: fc.constantFrom<object>({ CidrBlock: '0.0.0.0/0' }, { CidrBlock: '10.0.0.0/8' }, { Ipv6CidrBlock: '::/0' }),
    ports: fc.constantFrom<object>(
      { Protocol: '-1' },
      { Protocol: '6', PortRange: { From: 22, To: 22 } },
      { Protocol: '6', PortRange: { From: 0, To: 65535 } },
      { Protocol: '6', PortRange: { From: 1024, To: 65535 } },
      { Protocol: '17', PortRange: { From: 22, To: 22 } },
    ),
  })
  .map(({ block, ports: range, ...rest }): Entry => ({ ...rest, ...block, ...range }));
const DEFAULT_DENY: Entry = { RuleNumber: 32767, Egress: false, RuleAction: 'deny', Protocol: '-1', CidrBlock: '0.0.0.0/0' };
const entries = fc.uniqueArray(entry, { selector: ({ RuleNumber, Egress }) => `${RuleNumber} ${Egress}`, maxLength: 10 });
const byAcl = { NetworkAclId: [ACL] };
const byNumber = (one: Entry, other: Entry) => one.RuleNumber - other.RuleNumber || Number(one.Egress) - Number(other.Egress);

describe('CSMM-DenyAdminPortsInNetworkAcl', () => {
  const open: Entry = { RuleNumber: 100, Egress: false, RuleAction: 'allow', Protocol: '-1', CidrBlock: '0.0.0.0/0' };

  const RULES = [
    ['PreviousFreeSshIpv4', 22, { CidrBlock: '0.0.0.0/0' }],
    ['PreviousFreeRdpIpv4', 3389, { CidrBlock: '0.0.0.0/0' }],
    ['PreviousFreeSshIpv6', 22, { Ipv6CidrBlock: '::/0' }],
    ['PreviousFreeRdpIpv6', 3389, { Ipv6CidrBlock: '::/0' }],
  ] as const;
  type Numbers = Record<(typeof RULES)[number][0], number>;
  const added = (numbers: Numbers): Entry[] =>
    RULES.flatMap(([name, port, block]) => {
      const own = {
        RuleNumber: numbers[name],
        Egress: false,
        RuleAction: 'deny',
        Protocol: '6',
        PortRange: { From: port, To: port },
        ...block,
      };
      return numbers[name] > 0 ? [own] : [];
    });

  it('satisfies the control with free numbers, or says that there is none, and its inverse knows what was added', () => {
    const isClosed = (all: readonly Entry[]) => passes(naclAdminPorts, 'AWS::EC2::NetworkAcl', { associations: [{}], entries: all });
    fc.assert(
      fc.property(many(entries), (given) => {
        const acls = given.map((each) => [...each, DEFAULT_DENY]);
        const verify = (all: readonly (readonly Entry[])[]) =>
          returnsOf(
            'CSMM-DenyAdminPortsInNetworkAcl',
            'verify',
            all.map((Entries) => ({ Entries })),
          ).map(({ error }) => error === undefined);
        expect(verify(acls)).toEqual(acls.map(isClosed));
        const chosen = returnsOf<Numbers>(
          'CSMM-DenyAdminPortsInNetworkAcl',
          'choose',
          acls.map((Entries) => ({ Entries })),
        );
        for (const { returned, error } of chosen) if (!returned) expect(error).toContain('no number is free');
        const changed = acls.flatMap((all, at) => {
          const numbers = chosen[at]?.returned;
          return numbers ? [{ all, numbers, now: [...all, ...added(numbers)] }] : [];
        });
        for (const { all, numbers, now } of changed) {
          expect(isClosed(now)).toBe(true);
          expect(isClosed(all)).toBe(added(numbers).length === 0);
          expect(new Set(now.map(({ RuleNumber, Egress }) => `${RuleNumber} ${Egress}`)).size).toBe(now.length);
        }
        expect(verify(changed.map(({ now }) => now))).not.toContain(false);
        const told = changed.map(({ now, numbers }) => ({
          Entries: now,
          ...Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, String(number)])),
        }));
        const found = returnsOf<Numbers>('CSMM-DenyAdminPortsInNetworkAcl-Undo', 'find', told).map(({ returned }) => returned);
        expect(found).toEqual(changed.map(({ numbers }) => numbers));
      }),
      FEW_RUNS,
    );
  });

  it('goes right below what lets the port in, so that lower entries still let in what they name', async () => {
    const inside: Entry = { ...open, RuleNumber: 97, CidrBlock: '10.0.0.0/8' };
    const { acl, call } = aclInMemory([
      inside,
      { ...inside, RuleNumber: 99, RuleAction: 'deny', CidrBlock: '192.0.2.0/24' },
      open,
      DEFAULT_DENY,
    ]);
    const first = await run('CSMM-DenyAdminPortsInNetworkAcl', byAcl, call);
    expect(first.outputs).toEqual({
      'choose.PreviousFreeSshIpv4': ['98'],
      'choose.PreviousFreeRdpIpv4': ['96'],
      'choose.PreviousFreeSshIpv6': ['0'],
      'choose.PreviousFreeRdpIpv6': ['0'],
    });
    expect(acl.Entries).toHaveLength(6);
  });

  it('fails without a change where no number is free', async () => {
    const { call } = aclInMemory([{ ...open, RuleNumber: 2 }, DEFAULT_DENY]);
    const ended = await run('CSMM-DenyAdminPortsInNetworkAcl', byAcl, call);
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('no number is free below rule 2') });
    expect(changesOf(ended)).toEqual([]);
  });

  it.each([1, 2, 3, 4])('leaves nothing behind where EC2 rejects entry %i', async (rejected) => {
    const both = [open, { ...open, RuleNumber: 90, CidrBlock: undefined, Ipv6CidrBlock: '::/0' }, DEFAULT_DENY];
    const { acl, call } = aclInMemory(both);
    let created = 0;
    const limited: CallApi = async (service, api, input) => {
      if (api === 'CreateNetworkAclEntry' && ++created === rejected) throw failure('NetworkAclEntryLimitExceeded');
      return call(service, api, input);
    };
    const ended = await run('CSMM-DenyAdminPortsInNetworkAcl', byAcl, limited);
    expect(ended.status).toBe('Failed');
    expect(ended.failure).toContain('NetworkAclEntryLimitExceeded');
    expect(created).toBe(rejected);
    expect(acl.Entries).toEqual(both);
  });

  it('leaves an entry that somebody has put in the place of an added one', async () => {
    const theirs: Entry = { ...open, RuleNumber: 99, RuleAction: 'deny', Protocol: '6', PortRange: { From: 22, To: 23 } };
    const { acl, call } = aclInMemory([theirs, open]);
    const rules = { PreviousFreeSshIpv4: ['99'], PreviousFreeRdpIpv4: ['98'], PreviousFreeSshIpv6: ['0'], PreviousFreeRdpIpv6: ['0'] };
    const undo = await run('CSMM-DenyAdminPortsInNetworkAcl-Undo', { ...byAcl, ...rules }, call);
    expect(undo).toMatchObject({ status: 'Success' });
    expect(changesOf(undo)).toEqual([]);
    expect(acl.Entries).toEqual([theirs, open]);
  });
});

/** The listeners of a load balancer in memory. */
function listenersInMemory(...listeners: readonly Answer[]) {
  const held = listeners.map((each) => ({ LoadBalancerArn: BALANCER, ...each }) as Record<string, unknown>);
  const call: CallApi = async (_, api, { ListenerArns, ListenerArn, ...change }) => {
    if (api === 'DescribeListeners') {
      const arns = ListenerArns as string[] | undefined;
      return { Listeners: held.filter((each) => !arns || arns.includes(String(each.ListenerArn))) };
    }
    if (api !== 'ModifyListener') return unexpected(api);
    Object.assign(held.find((each) => each.ListenerArn === ListenerArn) ?? unexpected(api), change);
    return {};
  };
  return { held, call };
}

describe('CSMM-RedirectHttpToHttps', () => {
  const byListener = { ListenerArn: [PLAIN], HttpsPort: ['443'] };
  const plain = (DefaultActions: readonly unknown[]) => ({ ListenerArn: PLAIN, Protocol: 'HTTP', Port: 80, DefaultActions });
  const secure = { ListenerArn: SECURE, Protocol: 'HTTPS', Port: 443, DefaultActions: [] };
  const fixed = (MessageBody: string) => ({ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody } });

  it('brings any default action back, whatever it says', () => {
    const body = fc.string({ unit: 'binary', maxLength: 1024 });
    fc.assert(
      fc.property(many(body), (bodies) => {
        const payloads = bodies.map((each) => ({ Protocol: 'HTTP', HttpsPort: '443', Actions: [fixed(each)], Listeners: [secure] }));
        const recorded = returnsOf<{ PreviousActions: string[] }>('CSMM-RedirectHttpToHttps', 'record', payloads).map(
          ({ returned }) => returned!,
        );
        for (const piece of recorded.flatMap(({ PreviousActions }) => PreviousActions)) expect(piece).toMatch(/^[A-Za-z0-9._:/%-]{1,500}$/);
        const redirect = { Protocol: 'HTTPS', Port: '443', Host: '#{host}', Path: '/#{path}', Query: '#{query}', StatusCode: 'HTTP_301' };
        const Actions = [{ Type: 'redirect', RedirectConfig: redirect }];
        const told = recorded.map(({ PreviousActions }) => ({ HttpsPort: '443', PreviousActions, Actions }));
        const compared = returnsOf<{ Actions: unknown }>('CSMM-RedirectHttpToHttps-Undo', 'compare', told);
        expect(compared.map(({ returned }) => returned?.Actions)).toEqual(payloads.map(({ Actions }) => Actions));
      }),
      FEW_RUNS,
    );
  });

  it.each([
    ['there is no HTTPS listener on the port', [plain([fixed('ok')]), { ...secure, Port: 8443 }], 'no HTTPS listener'],
    [
      'the listener has become one for HTTPS',
      [{ ...plain([fixed('ok')]), Protocol: 'HTTPS' }, secure],
      'the listener is not an HTTP listener',
    ],
    [
      'the default actions do not fit',
      [plain([fixed('{'.repeat(9000))]), secure],
      'the default actions are too long for the parameters of the inverse',
    ],
  ])('fails without a change where %s', async (_, listeners, why) => {
    const { call } = listenersInMemory(...listeners);
    const ended = await run('CSMM-RedirectHttpToHttps', byListener, call);
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining(why) });
    expect(changesOf(ended)).toEqual([]);
  });
});

describe('a runbook of listeners', () => {
  const listener = { ListenerArn: SECURE, Protocol: 'HTTPS', Port: 443, SslPolicy: 'ELBSecurityPolicy-2016-08', DefaultActions: [] };
  const SslPolicy = ['ELBSecurityPolicy-TLS13-1-2-2021-06'];

  it.each([
    ['CSMM-SetListenerTlsPolicy', { SslPolicy, OldPolicy: [listener.SslPolicy] }],
    ['CSMM-SetListenerTlsPolicy-Undo', { PreviousPolicy: SslPolicy, SslPolicy: ['ELBSecurityPolicy-2016-08'] }],
  ])('%s waits until the listener shows the change', async (runbook, policy) => {
    const { call } = listenersInMemory(listener);
    let stale = 2;
    const lagging: CallApi = async (service, api, input) => {
      if (api === 'ModifyListener') await call(service, api, input);
      else if (!changed || stale-- <= 0) return call(service, api, input);
      changed = true;
      return { Listeners: [listener] };
    };
    let changed = false;
    expect(await run(runbook, { ListenerArn: [SECURE], ...policy }, lagging)).toMatchObject({ status: 'Success' });
  });

  it('CSMM-RedirectHttpToHttps and its inverse wait before they look', async () => {
    const forward = { ListenerArn: PLAIN, Protocol: 'HTTP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'arn:aws:tg' }] };
    const { call } = listenersInMemory(forward, listener);
    const first = await run('CSMM-RedirectHttpToHttps', { ListenerArn: [PLAIN], HttpsPort: ['443'] }, call);
    expect(first.steps.map(({ name }) => name).slice(-3)).toEqual(['redirect', 'settle', 'verify']);
    const parameters = undoParameters('CSMM-RedirectHttpToHttps', { ListenerArn: [PLAIN], HttpsPort: ['443'] }, first);
    const undo = await run('CSMM-RedirectHttpToHttps-Undo', parameters, call);
    expect(undo.steps.map(({ name }) => name).slice(-4)).toEqual(['restore', 'settle', 'reread', 'verify']);
  });
});

describe('a runbook of security groups', () => {
  const ssh = { IpProtocol: 'tcp', FromPort: '22', ToPort: '22', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

  it.each([
    ['CSMM-RevokePublicAdminIngress', 'pick', { Ingress: [ssh], Planned: ['tcp 22 22 0.0.0.0/0'] }, 'Rules'],
    ['CSMM-ClearDefaultSecurityGroup', 'record', { Ingress: [ssh], Egress: [], Interfaces: [] }, 'Ingress'],
  ])('%s names both ports as numbers, however they were read', (runbook, step, payload, output) => {
    const [{ returned }] = returnsOf<Record<string, unknown>>(runbook, step, [payload]) as [{ returned: Record<string, unknown> }];
    expect(returned[output]).toEqual([{ ...ssh, FromPort: 22, ToPort: 22 }]);
  });
});

describe('CSMM-SetListenerTlsPolicy', () => {
  it('changes nothing if somebody has changed the policy after the plan', async () => {
    const theirs = 'ELBSecurityPolicy-FS-1-2-Res-2020-10';
    const { held, call } = listenersInMemory({ ListenerArn: SECURE, Protocol: 'HTTPS', Port: 443, SslPolicy: theirs });
    const policies = { SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-2021-06'], OldPolicy: ['ELBSecurityPolicy-2016-08'] };
    const ended = await run('CSMM-SetListenerTlsPolicy', { ListenerArn: [SECURE], ...policies }, call);
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('compare') });
    expect(changesOf(ended)).toEqual([]);
    expect(held[0]?.SslPolicy).toBe(theirs);
  });

  it.each(['CSMM-SetListenerTlsPolicy', 'CSMM-SetListenerTlsPolicy-Undo'])(
    '%s fails without a change for a listener without TLS',
    async (runbook) => {
      const { call } = listenersInMemory({ ListenerArn: SECURE, Protocol: 'HTTP', Port: 80 });
      const policy = runbook.endsWith('-Undo')
        ? { PreviousPolicy: ['ELBSecurityPolicy-2016-08'], SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-2021-06'] }
        : { SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-2021-06'], OldPolicy: ['ELBSecurityPolicy-2016-08'] };
      const ended = await run(runbook, { ListenerArn: [SECURE], ...policy }, call);
      expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('checkProtocol') });
      expect(changesOf(ended)).toEqual([]);
    },
  );
});

describe('CSMM-EnableGuardDuty', () => {
  const ID = '0123456789abcdef0123456789abcdef';

  /** The detector of a Region in memory. */
  function detectorInMemory(status?: string) {
    const held = { status };
    const isThere = () => held.status !== undefined || unexpected('BadRequest');
    const set = (Enable: Json | undefined) => {
      held.status = Enable ? 'ENABLED' : 'DISABLED';
      return {};
    };
    const answers: Readonly<Record<string, (input: { readonly Enable?: Json }) => unknown>> = {
      ListDetectors: () => ({ DetectorIds: held.status === undefined ? [] : [ID] }),
      CreateDetector: ({ Enable }) => (held.status === undefined ? set(Enable) : unexpected('BadRequest')),
      GetDetector: () => isThere() && { Status: held.status, Features: [] },
      GetAdministratorAccount: () => ({}),
      UpdateDetector: ({ Enable }) => isThere() && set(Enable),
    };
    const call: CallApi = async (_, api, input) => (answers[api] ?? unexpected(api))(input);
    return { held, call };
  }

  it.each([
    ['makes a detector', undefined, ['guardduty:CreateDetector', 'guardduty:UpdateDetector'], 'DISABLED'],
    ['enables the detector', 'DISABLED', ['guardduty:UpdateDetector'], 'DISABLED'],
    ['leaves an enabled detector', 'ENABLED', [], 'ENABLED'],
  ])('%s, and its inverse brings the status back without deleting it', async (_, status, changes, previous) => {
    const { held, call } = detectorInMemory(status);
    const first = await run('CSMM-EnableGuardDuty', {}, call);
    expect(first).toMatchObject({ status: 'Success', outputs: { 'relist.PreviousDetectorId': [ID], 'status.PreviousStatus': [previous] } });
    expect(changesOf(first)).toEqual(changes);
    expect(held.status).toBe('ENABLED');
    const undo = await run('CSMM-EnableGuardDuty-Undo', undoParameters('CSMM-EnableGuardDuty', {}, first), call);
    expect(undo).toMatchObject({ status: 'Success' });
    expect(held.status).toBe(previous);
  });

  it('fails where the administrator keeps the account from enabling it', async () => {
    const { call } = detectorInMemory('DISABLED');
    const member: CallApi = async (service, api, input) => {
      if (api === 'UpdateDetector') throw failure('BadRequestException');
      return call(service, api, input);
    };
    expect(await run('CSMM-EnableGuardDuty', {}, member)).toMatchObject({ status: 'Failed', failure: expect.stringContaining('enable') });
  });
});

describe('CSMM-EnableVpcFlowLogs', () => {
  const byVpc = { VpcId: [VPC] };
  /** An account in memory with a VPC without a flow log. */
  const without =
    (changed: Readonly<Record<string, () => unknown>>): CallApi =>
    async (_, api) => {
      const answers: Readonly<Record<string, () => unknown>> = {
        DescribeVpcs: () => ({ Vpcs: [{ VpcId: VPC }] }),
        DescribeFlowLogs: () => ({ FlowLogs: [] }),
        GetRole: () => ({ Role: { Arn: 'arn:aws:iam::111111111111:role/csmm-flow-logs' } }),
        DescribeLogGroups: () => ({ logGroups: [{ logGroupName: '/csmm/vpc-flow-logs' }] }),
        ...changed,
      };
      return (answers[api] ?? (() => unexpected(api)))();
    };

  it('fails without a change where the account has no role to deliver by', async () => {
    const noRole = () => {
      throw failure('NoSuchEntity');
    };
    const ended = await run('CSMM-EnableVpcFlowLogs', byVpc, without({ GetRole: noRole }));
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('readRole') });
    expect(changesOf(ended)).toEqual([]);
  });

  it('fails where the flow log does not appear', async () => {
    const ended = await run('CSMM-EnableVpcFlowLogs', byVpc, without({ CreateFlowLogs: () => ({ FlowLogIds: ['fl-0123456789abcdef0'] }) }));
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('verify') });
    expect(changesOf(ended)).toEqual(['ec2:CreateFlowLogs']);
  });

  it.each<[string, object, string]>([
    [
      'why',
      { FlowLogIds: [], Unsuccessful: [{ ResourceId: VPC, Error: { Code: 'LogDestinationNotFoundException', Message: 'gone' } }] },
      'gone',
    ],
    ['nothing', { FlowLogIds: [] }, 'gives no reason'],
  ])('fails where EC2 creates no flow log and says %s', async (_, answer, why) => {
    const ended = await run('CSMM-EnableVpcFlowLogs', byVpc, without({ CreateFlowLogs: () => answer }));
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining(why) });
    expect(ended.outputs['created.PreviousFlowLogId']).toEqual(['No output available yet because the step is not successfully executed']);
  });

  it('makes its log group where only one with a longer name is there', async () => {
    const longer = () => ({ logGroups: [{ logGroupName: '/csmm/vpc-flow-logs-old' }] });
    const denied = () => {
      throw failure('AccessDenied');
    };
    const ended = await run(
      'CSMM-EnableVpcFlowLogs',
      byVpc,
      without({ DescribeLogGroups: longer, CreateLogGroup: () => ({}), PutRetentionPolicy: () => ({}), CreateFlowLogs: denied }),
    );
    expect(changesOf(ended)).toEqual(['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'ec2:CreateFlowLogs']);
  });

  it.each([
    ['nothing where the flow log is gone', [], []],
    ['the flow log alone', [{ FlowLogId: 'fl-0123456789abcdef0' }], ['ec2:DeleteFlowLogs']],
  ])('has an inverse that deletes %s', async (_, logs, changes) => {
    const held = [...logs];
    const call = without({
      DescribeFlowLogs: () => ({ FlowLogs: [...held] }),
      DeleteFlowLogs: () => ({ Unsuccessful: held.splice(0).slice(1) }),
    });
    const undo = await run('CSMM-EnableVpcFlowLogs-Undo', { ...byVpc, PreviousFlowLogId: ['fl-0123456789abcdef0'] }, call);
    expect(undo).toMatchObject({ status: 'Success' });
    expect(changesOf(undo)).toEqual(changes);
  });
});

/** The checked parts of responses. */
interface Told {
  readonly Vpcs: readonly { readonly VpcId: string }[];
  readonly Subnets: readonly { readonly SubnetId: string }[];
  readonly SecurityGroups: readonly { readonly [name: string]: readonly Permission[] }[];
  readonly GroupId: string;
  readonly LoadBalancers: readonly { readonly LoadBalancerArn: string }[];
  readonly TargetGroups: readonly { readonly TargetGroupArn: string }[];
  readonly CertificateArn: string;
  readonly Listeners: readonly Answer[];
  readonly FlowLogs: readonly Answer[];
  readonly logGroups: readonly Answer[];
  readonly NetworkAcls: readonly { readonly NetworkAclId: string; readonly Entries: readonly Entry[] }[];
  readonly DetectorIds: readonly string[];
  readonly Status: string;
}

describe.skipIf(!useMoto())('on an emulated account', () => {
  const ask = async ({ call }: LoopAccount, service: string, api: string, input: { readonly [name: string]: Json } = {}) =>
    (await call(service, api, input)) as Told;
  const vpcOf = async (account: LoopAccount): Promise<string> => (await ask(account, 'ec2', 'DescribeVpcs')).Vpcs[0]!.VpcId;
  const groupOf = async (account: LoopAccount, GroupName: string): Promise<{ readonly [name: string]: readonly Permission[] }> =>
    (await ask(account, 'ec2', 'DescribeSecurityGroups', { Filters: [{ Name: 'group-name', Values: [GroupName] }] })).SecurityGroups[0]!;

  const groupIdOf = async (account: LoopAccount, name: string): Promise<string> => String((await groupOf(account, name)).GroupId);

  it('CSMM-RevokePublicAdminIngress closes SSH and keeps the other sources', async () => {
    const rulesOfOpen = async (account: LoopAccount) => rulesOf((await groupOf(account, 'open')).IpPermissions!).sort();
    const { first, statuses } = await closeLoop({
      controlId: 'NET-L1-01',
      runbook: 'CSMM-RevokePublicAdminIngress',
      seed: async (account) => {
        const { GroupId } = await ask(account, 'ec2', 'CreateSecurityGroup', {
          GroupName: 'open',
          Description: 'open',
          VpcId: await vpcOf(account),
        });
        await ask(account, 'ec2', 'AuthorizeSecurityGroupIngress', {
          GroupId,
          IpPermissions: [
            {
              IpProtocol: 'tcp',
              FromPort: 22,
              ToPort: 22,
              IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'ssh from {everywhere}' }, { CidrIp: '10.0.0.0/8' }],
              Ipv6Ranges: [{ CidrIpv6: '::/0' }],
            },
            { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
          ],
        });
      },
      previous: rulesOfOpen,
    });
    expect(first.outputs).toMatchObject({
      'pick.PreviousRules': ['tcp 22 22 0.0.0.0/0 #ssh%20from%20%7Beverywhere%7D', 'tcp 22 22 ::/0'],
    });
    expect(statuses).toEqual({ before: 'FAILED', after: 'PASSED' });
  });

  it('CSMM-ClearDefaultSecurityGroup clears the default group of the VPC', async () => {
    await closeLoop({
      controlId: 'NET-L1-02',
      runbook: 'CSMM-ClearDefaultSecurityGroup',
      seed: async (account) => {
        const GroupId = await groupIdOf(account, 'default');
        const source = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] };
        await ask(account, 'ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [source] }).catch(() => undefined);
      },
      previous: async (account) => {
        const { IpPermissions, IpPermissionsEgress } = await groupOf(account, 'default');
        return [IpPermissions, IpPermissionsEgress].map((each) => rulesOf(each!).sort());
      },
    });
  });

  /** An internet-facing load balancer with an HTTP and an HTTPS listener. */
  async function seedBalancer(account: LoopAccount, SslPolicy: string): Promise<void> {
    const VpcId = await vpcOf(account);
    const { Subnets } = await ask(account, 'ec2', 'DescribeSubnets');
    const ids = Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId);
    const { LoadBalancers } = await ask(account, 'elbv2', 'CreateLoadBalancer', {
      Name: 'web',
      Scheme: 'internet-facing',
      Type: 'application',
      Subnets: ids,
    });
    const { TargetGroups } = await ask(account, 'elbv2', 'CreateTargetGroup', { Name: 'web', Protocol: 'HTTP', Port: 80, VpcId });
    const { CertificateArn } = await ask(account, 'acm', 'RequestCertificate', { DomainName: 'example.com' });
    const DefaultActions = [{ Type: 'forward', TargetGroupArn: TargetGroups[0]!.TargetGroupArn }];
    const listener = { LoadBalancerArn: LoadBalancers[0]!.LoadBalancerArn, DefaultActions };
    await ask(account, 'elbv2', 'CreateListener', { ...listener, Protocol: 'HTTP', Port: 80 });
    await ask(account, 'elbv2', 'CreateListener', {
      ...listener,
      Protocol: 'HTTPS',
      Port: 443,
      SslPolicy,
      Certificates: [{ CertificateArn }],
    });
  }

  async function listenersOf(account: LoopAccount): Promise<readonly Answer[]> {
    const { LoadBalancers } = await ask(account, 'elbv2', 'DescribeLoadBalancers');
    return (await ask(account, 'elbv2', 'DescribeListeners', { LoadBalancerArn: LoadBalancers[0]!.LoadBalancerArn })).Listeners;
  }

  it('CSMM-RedirectHttpToHttps redirects the HTTP listener alone', async () => {
    await closeLoop({
      controlId: 'NET-L1-03',
      runbook: 'CSMM-RedirectHttpToHttps',
      seed: (account) => seedBalancer(account, 'ELBSecurityPolicy-2016-08'),
      previous: listenersOf,
    });
  });

  it('CSMM-SetClassicTlsPolicy changes the security policy alone', async () => {
    const LoadBalancerName = 'classic';
    await closeLoop({
      controlId: 'NET-L1-04',
      runbook: 'CSMM-SetClassicTlsPolicy',
      seed: async ({ call }) => {
        const Listeners = [
          {
            Protocol: 'HTTPS',
            LoadBalancerPort: 443,
            InstancePort: 80,
            SSLCertificateId: 'arn:aws:iam::111111111111:server-certificate/web',
          },
        ];
        await call('elb', 'CreateLoadBalancer', { LoadBalancerName, AvailabilityZones: ['eu-west-1a'], Listeners });
        const policy = { LoadBalancerName, PolicyName: 'old', PolicyTypeName: 'SSLNegotiationPolicyType' };
        const PolicyAttributes = [{ AttributeName: 'Reference-Security-Policy', AttributeValue: 'ELBSecurityPolicy-2016-08' }];
        await call('elb', 'CreateLoadBalancerPolicy', { ...policy, PolicyAttributes });
        await call('elb', 'SetLoadBalancerPoliciesOfListener', { LoadBalancerName, LoadBalancerPort: 443, PolicyNames: ['old'] });
      },
      previous: async ({ call }) => {
        const { LoadBalancerDescriptions } = (await call('elb', 'DescribeLoadBalancers', {})) as {
          LoadBalancerDescriptions: { ListenerDescriptions: { PolicyNames: string[] }[] }[];
        };
        return LoadBalancerDescriptions[0]?.ListenerDescriptions[0]?.PolicyNames;
      },
    });
  });

  it('CSMM-SetListenerTlsPolicy changes the policy alone', async () => {
    const { first } = await closeLoop({
      controlId: 'NET-L1-04',
      runbook: 'CSMM-SetListenerTlsPolicy',
      seed: (account) => seedBalancer(account, 'ELBSecurityPolicy-2016-08'),
      previous: listenersOf,
    });
    expect(first.outputs).toEqual({ 'readPolicy.PreviousPolicy': ['ELBSecurityPolicy-2016-08'] });
    expect(changesOf(first)).toEqual(['elbv2:ModifyListener']);
  });

  it.each([
    ['makes the log group', false, ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'ec2:CreateFlowLogs']],
    ['takes the log group that is there', true, ['ec2:CreateFlowLogs']],
  ])('CSMM-EnableVpcFlowLogs %s, and its inverse leaves it', async (_, hasGroup, changes) => {
    const { first, undo, account } = await closeLoop({
      controlId: 'NET-L2-01',
      runbook: 'CSMM-EnableVpcFlowLogs',
      seed: async (seeded) => {
        await ask(seeded, 'iam', 'CreateRole', { RoleName: 'csmm-flow-logs', AssumeRolePolicyDocument: '{}' });
        if (hasGroup) await ask(seeded, 'logs', 'CreateLogGroup', { logGroupName: '/csmm/vpc-flow-logs' });
      },
      previous: async (seeded) => (await ask(seeded, 'ec2', 'DescribeFlowLogs')).FlowLogs,
    });
    expect(changesOf(first)).toEqual(changes);
    expect(undo && changesOf(undo)).toEqual(['ec2:DeleteFlowLogs']);
    expect((await ask(account, 'logs', 'DescribeLogGroups')).logGroups).toHaveLength(1);
  });

  it('CSMM-DenyAdminPortsInNetworkAcl denies both ports below what lets them in', async () => {
    const { first } = await closeLoop({
      controlId: 'NET-L2-02',
      runbook: 'CSMM-DenyAdminPortsInNetworkAcl',
      seed: async (account) => {
        const { NetworkAcls } = await ask(account, 'ec2', 'DescribeNetworkAcls');
        const entryOf = { NetworkAclId: NetworkAcls[0]!.NetworkAclId, RuleNumber: 101, Egress: false };
        await ask(account, 'ec2', 'CreateNetworkAclEntry', { ...entryOf, RuleAction: 'allow', Protocol: '-1', Ipv6CidrBlock: '::/0' });
      },
      previous: async (account) => {
        const { Entries } = (await ask(account, 'ec2', 'DescribeNetworkAcls')).NetworkAcls[0]!;
        return [...Entries].sort(byNumber);
      },
    });
    expect(Object.values(first.outputs)).toEqual([['99'], ['98'], ['97'], ['96']]);
  });

  it('CSMM-EnableGuardDuty enables a suspended detector', async () => {
    await closeLoop({
      controlId: 'NET-L2-03',
      runbook: 'CSMM-EnableGuardDuty',
      seed: async (account) => {
        const Features = ['CLOUD_TRAIL', 'DNS_LOGS', 'FLOW_LOGS'].map((Name) => ({ Name, Status: 'ENABLED' }));
        await ask(account, 'guardduty', 'CreateDetector', { Enable: false, Features });
      },
      previous: async (account) => {
        const { DetectorIds } = await ask(account, 'guardduty', 'ListDetectors');
        return (await ask(account, 'guardduty', 'GetDetector', { DetectorId: DetectorIds[0]! })).Status;
      },
    });
  });
});
