import control from '../../../controls/monitoring/mon-l2-04-alarm-cloudtrail-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'cloudtrail-changes');
