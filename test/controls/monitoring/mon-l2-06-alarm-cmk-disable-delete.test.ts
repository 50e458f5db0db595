import control from '../../../controls/monitoring/mon-l2-06-alarm-cmk-disable-delete.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'cmk-disable-delete');
