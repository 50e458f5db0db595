import control from '../../../controls/compute/cmp-l2-02-asg-launch-templates.ts';
import { testControl } from '../../support/control.ts';

const launchTemplates = [{ id: 'lt-1', version: '$Default' }];

testControl(control, 'AWS::AutoScaling::AutoScalingGroup', {
  COMPLIANT: { 'uses a launch template': { 'the group uses a launch template': { launchConfiguration: '', launchTemplates } } },
  NON_COMPLIANT: {
    'launch-configuration': {
      'the group uses a launch configuration': { launchConfiguration: 'old' },
      'the group names both': { launchConfiguration: 'old', launchTemplates },
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'neither was read': {},
      'a launch configuration is possible': { launchTemplates },
    },
    'launch-template-unknown': { 'it has neither': { launchConfiguration: '' } },
  },
});
