import control from '../../../controls/storage/str-l1-06-file-and-object-encryption.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::EFS::FileSystem', {
  COMPLIANT: { 'the file system is encrypted': { encrypted: true } },
  NON_COMPLIANT: { 'the file system is not encrypted': { encrypted: false } },
  INSUFFICIENT_DATA: { 'nothing was read': {} },
});

testControl(control, 'AWS::S3::Bucket', {
  COMPLIANT: {
    'S3 encrypts with its own key': { defaultEncryption: 'AES256' },
    'S3 encrypts with a KMS key': { defaultEncryption: 'aws:kms' },
    'S3 encrypts twice with a KMS key': { defaultEncryption: 'aws:kms:dsse' },
  },
  NON_COMPLIANT: {
    'there is no default encryption': { defaultEncryption: 'none' },
    'the algorithm is another': { defaultEncryption: 'rot13' },
  },
  INSUFFICIENT_DATA: { 'nothing was read': {} },
});
