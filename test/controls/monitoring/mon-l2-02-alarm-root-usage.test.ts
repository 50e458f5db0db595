import { expect, it } from 'vitest';
import control from '../../../controls/monitoring/mon-l2-02-alarm-root-usage.ts';
import { account, chain, testAlarmControl } from '../../support/alarms.ts';
import { joinCodes } from '../../support/control.ts';

testAlarmControl(control, 'root-usage');

it.each([
  ['aws-cn', 'NOT_APPLICABLE'],
  ['aws-us-gov', 'NON_COMPLIANT no-alarm'],
])('MON-L2-02 in %s is %s without an alarm', (partition, expected) => {
  const estate = { ...chain('root-usage'), 'AWS::CloudWatch::MetricAlarm': {}, 'AWS::IAM::AccountSummary': { s: { partition } } };
  expect(joinCodes(control, estate, {}, { listings: account({}).listings })).toEqual({ '111111111111': expected });
});
