import control from '../../../controls/monitoring/mon-l2-08-alarm-config-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'config-changes');
