import type { Triggers } from '../../core/control.ts';

/** Events that can change service control policies or the accounts under them. */
export const ORGANIZATION_TRIGGERS: Triggers = {
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
