import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L3-02',
  title: 'Containers run unprivileged and isolated from the host',
  pillar: 'compute',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'container-runtime-hardening',
  topic: 'Container security',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every ECS task definition used by a running service or task has no privileged container, a read-only root filesystem, no host PID or IPC namespace, no root user with host networking, and a log driver. Fails otherwise. Not applicable if no ECS task is running.',
  why: 'An attacker can leave a privileged container and control the host with all its other containers. Isolation limits the attack to one container.',
  apiFacts: ['ecs:ListServices', 'ecs:DescribeServices', 'ecs:DescribeTaskDefinition'],
  triggers: {
    configTypes: ['AWS::ECS::TaskDefinition', 'AWS::ECS::Service'],
    cloudTrail: [{ source: 'ecs.amazonaws.com', names: ['RegisterTaskDefinition', 'CreateService', 'UpdateService', 'RunTask'] }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Register a new revision of the task definition (ASR LimitECSRootFilesystemAccess is an example).' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['ECS.1', 'ECS.3', 'ECS.4', 'ECS.5', 'ECS.9'],
    prowler: [
      'ecs_task_definitions_no_privileged_containers',
      'ecs_task_definitions_containers_readonly_access',
      'ecs_task_definitions_host_namespace_not_shared',
      'ecs_task_definitions_host_networking_mode_users',
      'ecs_task_definitions_logging_enabled',
    ],
    nistCsf2: ['PR.PS-01', 'PR.IR-01'],
    awsSmmV2: [
      { phase: 3, category: 'Security governance', recommendation: 'Design your secure architecture' },
      { phase: 3, category: 'Infrastructure protection', recommendation: 'Anti-Malware / EDR / Runtime Protection' },
    ],
    iansCsmm2: ['Workload Security'],
  },
};
