import control from '../../../controls/storage/str-l2-05-data-services-encryption.ts';
import { testControl } from '../../support/control.ts';

const TYPES = [
  ['AWS::SNS::Topic', 'topic'],
  ['AWS::SQS::Queue', 'queue'],
  ['AWS::Kinesis::Stream', 'stream'],
  ['AWS::OpenSearch::Domain', 'domain'],
  ['AWS::Elasticsearch::Domain', 'domain'],
  ['AWS::Redshift::Cluster', 'cluster'],
  ['AWS::Backup::RecoveryPoint', 'recovery point'],
] as const;

for (const [resourceType, noun] of TYPES) {
  testControl(control, resourceType, {
    COMPLIANT: { [`${noun} is encrypted at rest`]: { 'it is encrypted': { encrypted: true } } },
    NON_COMPLIANT: { 'not-encrypted': { 'it is not encrypted': { encrypted: false } } },
    INSUFFICIENT_DATA: { 'not-read': { 'nothing was read': {} } },
  });
}
