import control from '../../../controls/monitoring/mon-l2-07-alarm-s3-policy-changes.ts';
import { testAlarmControl } from '../../support/alarms.ts';

testAlarmControl(control, 's3-policy-changes');
