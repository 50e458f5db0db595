import type { Triggers } from '../../core/control.ts';

/** What the controls on service control policies have in common: where the policies are read, and what changes them. */

export const ORGANIZATION_API_FACTS = [
  'organizations:DescribeOrganization',
  'organizations:ListRoots',
  'organizations:ListParents',
  'organizations:ListPoliciesForTarget',
  'organizations:DescribePolicy',
];

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
