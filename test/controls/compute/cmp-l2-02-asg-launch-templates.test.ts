import control from '../../../controls/compute/cmp-l2-02-asg-launch-templates.ts';
import { testControl } from '../../support/control.ts';

const launchTemplates = [{ id: 'lt-1', version: '$Default' }];

testControl(control, 'AWS::AutoScaling::AutoScalingGroup', {
  COMPLIANT: { 'the group uses a launch template': { launchConfiguration: '', launchTemplates } },
  NON_COMPLIANT: {
    'the group uses a launch configuration': { launchConfiguration: 'old' },
    'the group names both': { launchConfiguration: 'old', launchTemplates },
  },
  INSUFFICIENT_DATA: {
    'neither was read': {},
    'a launch configuration may be there': { launchTemplates },
    'it has neither': { launchConfiguration: '' },
  },
});
