import control from '../../../controls/monitoring/mon-l2-03-alarm-iam-policy-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'iam-policy-changes');
