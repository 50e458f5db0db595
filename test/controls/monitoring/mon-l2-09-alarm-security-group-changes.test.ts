import control from '../../../controls/monitoring/mon-l2-09-alarm-security-group-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'security-group-changes');
