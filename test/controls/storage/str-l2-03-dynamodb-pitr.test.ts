import control from '../../../controls/storage/str-l2-03-dynamodb-pitr.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::DynamoDB::Table', {
  COMPLIANT: { 'point-in-time recovery on': { 'point-in-time recovery is on': { pointInTimeRecovery: true } } },
  NON_COMPLIANT: { 'recovery-off': { 'point-in-time recovery is off': { pointInTimeRecovery: false } } },
  INSUFFICIENT_DATA: { 'not-read': { 'nothing was read': {} } },
});
