import control from '../../../controls/monitoring/mon-l2-02-alarm-root-usage.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'root-usage');
