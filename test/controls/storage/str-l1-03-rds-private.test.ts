import control from '../../../controls/storage/str-l1-03-rds-private.ts';
import { testControl } from '../../support/control.ts';

for (const resourceType of ['AWS::RDS::DBInstance', 'AWS::Redshift::Cluster'] as const) {
  testControl(control, resourceType, {
    COMPLIANT: { 'not publicly accessible': { 'it is not publicly accessible': { publiclyAccessible: false } } },
    NON_COMPLIANT: { 'publicly-accessible': { 'it is publicly accessible': { publiclyAccessible: true } } },
    INSUFFICIENT_DATA: { 'not-read': { 'nothing was read': {} } },
  });
}

testControl(control, 'AWS::RDS::DBInstance', {
  NON_COMPLIANT: { 'publicly-accessible': { 'it is public and stopped': { publiclyAccessible: true, status: 'stopped' } } },
  NOT_APPLICABLE: { 'being deleted': { 'AWS deletes it': { publiclyAccessible: true, status: 'deleting' } } },
});

testControl(control, 'AWS::RDS::DBCluster', {
  COMPLIANT: {
    'not publicly accessible': { 'a Multi-AZ DB cluster is not publicly accessible': { engine: 'postgres', publiclyAccessible: false } },
  },
  NON_COMPLIANT: {
    'publicly-accessible': {
      'a Multi-AZ DB cluster is publicly accessible': { engine: 'mysql', publiclyAccessible: true },
      'its item says so without an engine': { publiclyAccessible: true },
      'an Aurora cluster says so after all': { engine: 'aurora-postgresql', publiclyAccessible: true },
    },
    'internet-access-gateway': {
      'clients reach an Aurora cluster from the internet': { engine: 'aurora-postgresql', internetAccessGateway: true },
      'clients reach it whatever else was read': { internetAccessGateway: true, publiclyAccessible: false },
    },
  },
  NOT_APPLICABLE: {
    'being deleted': { 'AWS deletes it': { engine: 'mysql', publiclyAccessible: true, status: 'deleting' } },
    'cluster gets its public access setting from its instances': {
      'the instances of an Aurora cluster decide': { engine: 'aurora-mysql' },
      'the instances of an Aurora cluster of version 1 decide': { engine: 'aurora' },
      'the instances of an Aurora cluster without a gateway decide': { engine: 'aurora-postgresql', internetAccessGateway: false },
      'the instances of a DocumentDB cluster decide': { engine: 'docdb' },
      'the instances of a Neptune cluster decide': { engine: 'neptune' },
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'the access of a Multi-AZ DB cluster was not read': { engine: 'postgres' },
      'nothing was read': {},
      'nothing is known of the engine': { engine: 'aurora-next' },
    },
  },
});
