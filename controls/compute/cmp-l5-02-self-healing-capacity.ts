import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L5-02',
  title: 'Failed or aged compute is replaced without a human',
  pillar: 'compute',
  level: 5,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'self-healing-capacity',
  topic: 'Self-healing infra',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every production group spans at least two Availability Zones, uses load-balancer health checks when attached to one, and sets a maximum instance lifetime of at most 30 days, and every production ECS service enables the deployment circuit breaker with rollback. Fails otherwise. Not applicable if there is no production group or service.',
  why: 'A long-lived instance collects drift, missing patches and hidden malware. Automatic replacement removes them, and keeps the service available if a zone or a deployment fails.',
  apiFacts: ['autoscaling:DescribeAutoScalingGroups', 'ecs:DescribeServices'],
  parameters: { maxInstanceLifetimeDays: 30 },
  triggers: {
    configTypes: ['AWS::AutoScaling::AutoScalingGroup', 'AWS::ECS::Service'],
    cloudTrail: [
      { source: 'autoscaling.amazonaws.com', names: ['CreateAutoScalingGroup', 'UpdateAutoScalingGroup', 'StartInstanceRefresh'] },
      { source: 'ecs.amazonaws.com', names: ['CreateService', 'UpdateService'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableAutoScalingGroupELBHealthCheck',
    note: 'The AWS document covers only health checks.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['AutoScaling.1', 'AutoScaling.2'],
    prowler: ['autoscaling_group_elb_health_check_enabled', 'autoscaling_group_multiple_az'],
    nistCsf2: ['PR.IR-03', 'PR.IR-04'],
    awsSmmV2: [
      { phase: 2, category: 'Resiliency', recommendation: 'Redundancy using multiple Availability Zones' },
      { phase: 4, category: 'Resiliency', recommendation: 'Chaos Engineering' },
    ],
    iansCsmm2: ['Workload Security', 'Resilience'],
  },
};
