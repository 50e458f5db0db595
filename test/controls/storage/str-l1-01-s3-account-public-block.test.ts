import control from '../../../controls/storage/str-l1-01-s3-account-public-block.ts';
import { testControl } from '../../support/control.ts';

const ON = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };

testControl(control, 'AWS::S3::AccountPublicAccessBlock', {
  COMPLIANT: { 'on in all four settings': { 'all four settings are on': ON } },
  NON_COMPLIANT: {
    'setting-off': {
      'public ACLs are not blocked': { ...ON, blockPublicAcls: false },
      'public ACLs are not ignored': { ...ON, ignorePublicAcls: false },
      'public policies are not blocked': { ...ON, blockPublicPolicy: false },
      'public buckets are not restricted': { ...ON, restrictPublicBuckets: false },
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': { 'one setting was not read': { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true } },
  },
});
