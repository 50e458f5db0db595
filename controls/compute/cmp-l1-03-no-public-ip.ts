import { type ControlPage, compliant, defineControl, lacks, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { evaluateEnded } from '../../core/evaluation/ended-instance.ts';

const evaluateAddresses = (noun: string, publicIps: readonly string[]) =>
  publicIps.length === 0
    ? compliant(`${noun} has no public IP address`)
    : nonCompliant('public-ip-address', `${noun} has public IP address ${publicIps.slice(0, 3).join(', ')}`);

export default defineControl({
  id: 'CMP-L1-03',
  title: 'Instances have no public IP',
  pillar: 'compute',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::EC2::Instance', [], ({ state, publicIps }, evidence) => {
      const ended = evaluateEnded(state);
      if (ended?.compliance === 'NOT_APPLICABLE') return ended;
      if (publicIps?.length) return evaluateAddresses('instance', publicIps);
      return ended ?? (publicIps ? evaluateAddresses('instance', publicIps) : lacks(evidence, 'publicIps'));
    }),
    on('AWS::EC2::NetworkInterface', ['attachedToInstance'], ({ attachedToInstance, publicIps }, evidence) => {
      if (!attachedToInstance) return notApplicable('network interface is not attached to an instance');
      return publicIps ? evaluateAddresses('network interface', publicIps) : lacks(evidence, 'publicIps');
    }),
  ],
});

export const page: ControlPage = {
  slug: 'no-public-ip',
  topic: 'no public IP/AMI',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if no network interface of the instance has a public IPv4 address or Elastic IP. Fails otherwise, unless the instance is an edge appliance under an unexpired exemption. Not applicable if there are no instances, or the instance is shutting down or terminated.',
  why: 'Bots scan every public address all the time. Behind a load balancer or a NAT gateway, one wrong security group rule does not expose the machine to the internet.',
  triggers: {
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: ['RunInstances', 'AssociateAddress', 'DisassociateAddress', 'ModifySubnetAttribute', 'ModifyNetworkInterfaceAttribute'],
      },
    ],
    native: [{ source: 'aws.ec2', detailType: 'EC2 Instance State-change Notification' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-DisableSubnetAutoAssignPublicIP',
    note: 'The AWS document prevents new addresses in the subnet. The removal of an existing address needs a custom runbook and approval.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['EC2.9', 'EC2.15', 'AutoScaling.5'],
    prowler: ['ec2_instance_public_ip', 'ec2_instance_internet_facing_with_instance_profile'],
    nistCsf2: ['PR.IR-01'],
    awsSmmV2: [{ phase: 2, category: 'Infrastructure protection', recommendation: 'Limit Network Access' }],
    iansCsmm2: ['Workload Security', 'Network Security'],
  },
};
