import control from '../../../controls/storage/str-l1-05-database-encryption.ts';
import { testControl } from '../../support/control.ts';

for (const resourceType of ['AWS::RDS::DBInstance', 'AWS::RDS::DBCluster'] as const) {
  testControl(control, resourceType, {
    COMPLIANT: { 'storage is encrypted': { 'its storage is encrypted': { storageEncrypted: true, status: 'available' } } },
    NOT_APPLICABLE: { 'being deleted': { 'AWS deletes it': { storageEncrypted: false, status: 'deleting' } } },
    NON_COMPLIANT: { 'storage-not-encrypted': { 'its storage is not encrypted': { storageEncrypted: false } } },
    INSUFFICIENT_DATA: { 'not-read': { 'nothing was read': {} } },
  });
}
