import control from '../../../controls/storage/str-l2-04-s3-tls-only.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::S3::Bucket', {
  COMPLIANT: { 'policy denies plain HTTP': { 'the bucket policy denies plain HTTP': { deniesPlainHttp: true } } },
  NON_COMPLIANT: { 'plain-http-not-denied': { 'the bucket policy does not deny plain HTTP': { deniesPlainHttp: false } } },
  INSUFFICIENT_DATA: { 'not-read': { 'the bucket policy was not read': {} } },
});
