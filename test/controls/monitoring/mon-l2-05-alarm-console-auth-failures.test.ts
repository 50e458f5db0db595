import control from '../../../controls/monitoring/mon-l2-05-alarm-console-auth-failures.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'console-auth-failures');
