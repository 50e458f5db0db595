import control from '../../../controls/storage/str-l1-06-file-and-object-encryption.ts';
import { testControl } from '../../support/control.ts';

for (const resourceType of ['AWS::EFS::FileSystem', 'AWS::FSx::FileSystem'] as const) {
  testControl(control, resourceType, {
    COMPLIANT: { 'file system is encrypted': { 'the file system is encrypted': { encrypted: true } } },
    NON_COMPLIANT: { 'file-system-not-encrypted': { 'the file system is not encrypted': { encrypted: false } } },
    INSUFFICIENT_DATA: { 'not-read': { 'nothing was read': {} } },
  });
}

testControl(control, 'AWS::S3::Bucket', {
  COMPLIANT: {
    'bucket default encryption is AES256': { 'S3 encrypts with its own key': { defaultEncryption: 'AES256' } },
    'bucket default encryption is aws:kms': { 'S3 encrypts with a KMS key': { defaultEncryption: 'aws:kms' } },
    'bucket default encryption is aws:kms:dsse': { 'S3 encrypts twice with a KMS key': { defaultEncryption: 'aws:kms:dsse' } },
  },
  NON_COMPLIANT: {
    'default-encryption-not-accepted': {
      'there is no default encryption': { defaultEncryption: 'none' },
      'the algorithm is another': { defaultEncryption: 'rot13' },
    },
  },
  INSUFFICIENT_DATA: { 'not-read': { 'nothing was read': {} } },
});
