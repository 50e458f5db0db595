import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  nonCompliant,
  notApplicable,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import type { FlowLogFacts } from '../../core/facts/ec2-flow-log.ts';
import type { ResourceRef } from '../../core/model.ts';
import { change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L2-01',
  title: 'Every VPC delivers flow logs',
  pillar: 'networking',
  level: 2,
  severity: 'high',
  rules: [across(['AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::EC2::FlowLog'], evaluateVpcs)],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::VPC',
    {
      runbook: 'CSMM-EnableVpcFlowLogs',
      risk: 'safe',
      reversible: true,
      impact: 'The VPC delivers records of rejected traffic to the log group /csmm/vpc-flow-logs.',
      cost: 'AWS charges for each GB of delivered and of stored records. The volume depends on the rejected traffic, which csmm does not read.',
      notRestored: 'The log group and its records stay.',
    },
    ({ resource }) =>
      runWith({ VpcId: resource.resourceId }, [
        change('flow log of rejected traffic', 'none', 'to the log group /csmm/vpc-flow-logs'),
        change('log group /csmm/vpc-flow-logs', 'its retention if it exists', '90 days if the runbook creates it'),
      ]),
  ),
];

export const page: ControlPage = {
  slug: 'vpc-flow-logs',
  topic: 'Flow logs',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the VPC, or each of its subnets, has a flow log with FlowLogStatus = ACTIVE, DeliverLogsStatus not FAILED and TrafficType ALL or REJECT. Fails otherwise. Not applicable if the Region has no VPC.',
  why: 'Flow logs show which machines talk to each other and to the internet. Without them, an investigation cannot reconstruct a network attack.',
  triggers: {
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: ['CreateFlowLogs', 'DeleteFlowLogs', 'CreateVpc', 'CreateDefaultVpc', 'CreateSubnet', 'DeleteSubnet'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableVPCFlowLogsToCloudWatch',
    alternatives: ['AWSConfigRemediation-EnableVPCFlowLogsToS3Bucket'],
  },
  crosswalk: {
    cisAwsV3: ['3.7'],
    cisAwsV5: ['3.7'],
    securityHub: ['EC2.6'],
    prowler: ['vpc_flow_logs_enabled'],
    nistCsf2: ['DE.CM-01', 'PR.PS-04'],
    awsSmmV2: [{ phase: 4, category: 'Threat detection', recommendation: 'Network Flows analysis (VPC Flow Logs)' }],
    iansCsmm2: ['Security Monitoring', 'Network Security'],
  },
  notes:
    'If another account shares a VPC, csmm evaluates it in that account, because this account cannot see its flow logs. Subnets trigger the control too: a new subnet without a flow log can end the coverage of its VPC. A flow log without a delivery status has not delivered yet, and counts unless it has an error message.',
};

/** Certainty that traffic is logged, in ascending order: `Math.max` is "or", `Math.min` is "and". */
type Certainty = 0 | 1 | 2;
const NO: Certainty = 0;
const UNKNOWN: Certainty = 1;
const YES: Certainty = 2;

const either = (...certainties: Certainty[]): Certainty => Math.max(...certainties) as Certainty;
const all = (certainties: readonly Certainty[]): Certainty => Math.min(...certainties) as Certainty;

/** Flow logs by the resource that they log, and subnets by VPC, in one Region. The key '' holds those whose resource or VPC is unknown. */
interface Region {
  readonly logged: Map<string, Certainty>;
  readonly subnets: Map<string, string[]>;
}

function* evaluateVpcs(inventory: Inventory): Iterable<JoinedVerdict> {
  const regions = indexRegions(inventory);
  for (const vpc of inventory.all('AWS::EC2::VPC')) {
    yield verdictOn(vpc, evaluateVpc(vpc, regions.get(vpc.resource.region) ?? emptyRegion()));
  }
}

function evaluateVpc({ resource, facts }: InventoryItem<'AWS::EC2::VPC'>, region: Region): Verdict {
  if (facts.ownerId !== undefined && facts.ownerId !== resource.accountId) return notApplicable('VPC is shared by another account');
  if (isLogged(region, resource.resourceId) === YES) return compliant('VPC delivers flow logs');
  switch (either(isLogged(region, resource.resourceId), areSubnetsLogged(region, resource.resourceId))) {
    case YES:
      return compliant('each subnet of the VPC delivers flow logs');
    case UNKNOWN:
      return insufficientData('coverage-unknown', 'a flow log or subnet that can belong to the VPC was not read in full');
    default:
      return nonCompliant('no-flow-log', 'no active flow log covers the VPC or each of its subnets');
  }
}

function isLogged({ logged }: Region, resourceId: string): Certainty {
  const somewhere = logged.get('') ?? NO;
  return either(logged.get(resourceId) ?? NO, somewhere === NO ? NO : UNKNOWN);
}

/** Returns whether each subnet of a VPC is logged. A VPC without known subnets has none to log. A subnet of an unknown VPC can belong to it. */
function areSubnetsLogged(region: Region, vpcId: string): Certainty {
  const own = (region.subnets.get(vpcId) ?? []).map((id) => isLogged(region, id));
  const strays = (region.subnets.get('') ?? []).map((id) => isLogged(region, id));
  if (own.length === 0) return strays.length > 0 && either(...strays) !== NO ? UNKNOWN : NO;
  return all([...own, ...strays.map((logged) => either(logged, UNKNOWN))]);
}

const emptyRegion = (): Region => ({ logged: new Map(), subnets: new Map() });

function indexRegions(inventory: Inventory): Map<string, Region> {
  const regions = new Map<string, Region>();
  const regionOf = ({ region }: ResourceRef): Region => {
    const known = regions.get(region) ?? emptyRegion();
    regions.set(region, known);
    return known;
  };
  const subnetIds = new Set<string>();
  for (const { resource, facts } of inventory.all('AWS::EC2::Subnet')) {
    subnetIds.add(resource.resourceId);
    addSubnet(regionOf(resource), facts.vpcId ?? '', resource.resourceId);
  }
  for (const { resource, facts } of inventory.all('AWS::EC2::FlowLog')) {
    const region = regionOf(resource);
    const resourceId = facts.resourceId ?? '';
    const working = isWorking(facts);
    region.logged.set(resourceId, either(region.logged.get(resourceId) ?? NO, working));
    // A working log can refer to a subnet that was not read.
    if (working !== NO && resourceId.startsWith('subnet-') && !subnetIds.has(resourceId)) addSubnet(region, '', resourceId);
  }
  return regions;
}

function addSubnet({ subnets }: Region, vpcId: string, subnetId: string): void {
  const ids = subnets.get(vpcId);
  if (ids) ids.push(subnetId);
  else subnets.set(vpcId, [subnetId]);
}

/**
 * Returns whether a flow log works. The first delivery comes some minutes after its creation, so one that has no status yet did not
 * fail: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-flow-logs.html
 */
function isWorking({ status, delivery, trafficType }: FlowLogFacts): Certainty {
  if (delivery === 'FAILED') return NO;
  return all([
    status === undefined ? UNKNOWN : status === 'ACTIVE' ? YES : NO,
    trafficType === 'ALL' || trafficType === 'REJECT' ? YES : trafficType === 'ACCEPT' ? NO : UNKNOWN,
    delivery === 'SUCCESS' || delivery === 'NONE' ? YES : UNKNOWN,
  ]);
}
