import control from '../../../controls/monitoring/mon-l2-12-alarm-route-table-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 'route-table-changes');
