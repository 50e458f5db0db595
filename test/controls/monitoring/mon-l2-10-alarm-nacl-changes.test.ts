import control from '../../../controls/monitoring/mon-l2-10-alarm-nacl-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'nacl-changes');
