import control from '../../../controls/storage/str-l2-05-data-services-encryption.ts';
import { testControl } from '../../support/control.ts';

const TYPES = [
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::Kinesis::Stream',
  'AWS::OpenSearch::Domain',
  'AWS::Elasticsearch::Domain',
  'AWS::Redshift::Cluster',
  'AWS::Backup::RecoveryPoint',
] as const;

for (const resourceType of TYPES) {
  testControl(control, resourceType, {
    COMPLIANT: { 'it is encrypted': { encrypted: true } },
    NON_COMPLIANT: { 'it is not encrypted': { encrypted: false } },
    INSUFFICIENT_DATA: { 'nothing was read': {} },
  });
}
