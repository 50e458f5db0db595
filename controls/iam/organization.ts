import type { Triggers } from '../../core/control.ts';

/** API actions that read service control policies, shared by the controls on them. */
export const ORGANIZATION_API_FACTS = [
  'organizations:DescribeOrganization',
  'organizations:ListRoots',
  'organizations:ListParents',
  'organizations:ListPoliciesForTarget',
  'organizations:DescribePolicy',
];

/** Events that can change service control policies or the accounts under them. */
export const ORGANIZATION_TRIGGERS: Triggers = {
  configTypes: [],
  cloudTrail: [
    {
      source: 'organizations.amazonaws.com',
      names: [
        'AttachPolicy',
        'DetachPolicy',
        'UpdatePolicy',
        'DeletePolicy',
        'EnablePolicyType',
        'DisablePolicyType',
        'MoveAccount',
        'LeaveOrganization',
        'RemoveAccountFromOrganization',
        'AcceptHandshake',
        'CreateAccount',
        'CreateOrganization',
        'DeleteOrganization',
      ],
    },
  ],
  schedule: 'rate(24 hours)',
};
