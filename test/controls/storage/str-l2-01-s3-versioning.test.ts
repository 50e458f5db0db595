import { expect, it } from 'vitest';
import control from '../../../controls/storage/str-l2-01-s3-versioning.ts';
import { evaluateRule } from '../../../core/evaluation/evaluate.ts';
import { CAPTURED_AT, testControl } from '../../support/control.ts';

testControl(control, 'AWS::S3::Bucket', {
  COMPLIANT: { 'bucket versioning is Enabled': { 'versioning is on': { versioning: 'Enabled' } } },
  NON_COMPLIANT: {
    'versioning-not-enabled': { 'versioning was never on': { versioning: 'Off' }, 'versioning was suspended': { versioning: 'Suspended' } },
  },
  INSUFFICIENT_DATA: {
    'versioning-unknown': { 'the status is a new one': { versioning: 'Frozen' } },
    'not-read': { 'nothing was read': {} },
  },
});

it('names the status and the required one', () => {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'logs' };
  const [rule] = control.rules;
  if (rule?.kind !== 'resource') throw new Error('the control has no rule on a resource');
  const { reason } = evaluateRule(rule, { facts: { versioning: 'Suspended' }, missing: {} }, resource, CAPTURED_AT);
  expect(reason).toBe('bucket versioning is Suspended (required: Enabled)');
});
