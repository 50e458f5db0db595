import control from '../../../controls/monitoring/mon-l2-11-alarm-gateway-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'gateway-changes');
