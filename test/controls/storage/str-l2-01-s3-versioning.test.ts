import control from '../../../controls/storage/str-l2-01-s3-versioning.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::S3::Bucket', {
  COMPLIANT: { 'versioning is on': { versioning: 'Enabled' } },
  NON_COMPLIANT: { 'versioning was never on': { versioning: 'Off' }, 'versioning was suspended': { versioning: 'Suspended' } },
  INSUFFICIENT_DATA: { 'nothing was read': {} },
});
