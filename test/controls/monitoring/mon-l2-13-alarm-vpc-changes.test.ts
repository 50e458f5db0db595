import control from '../../../controls/monitoring/mon-l2-13-alarm-vpc-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'vpc-changes');
