import { factParser } from './parser.ts';
import type { View } from './view.ts';

/** A snapshot of a DB instance or of a DB cluster: RDS, Aurora, DocumentDB or Neptune. */
export interface DbSnapshotFacts {
  /** Whether every account may copy or restore it. */
  restorableByAll?: boolean;
}

export const dbSnapshotParser = factParser<DbSnapshotFacts>({
  restorableByAll: ({ supplementary }) => readRestorableByAll(supplementary.at('DBSnapshotAttributes').json()),
});

export const dbClusterSnapshotParser = factParser<DbSnapshotFacts>({
  restorableByAll: ({ supplementary }) => readRestorableByAll(supplementary.at('DBClusterSnapshotAttributes').json()),
});

/**
 * The attribute `restore` lists who may restore the snapshot; the value `all` makes it public:
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshotAttribute.html
 */
function readRestorableByAll(attributes: View): boolean | undefined {
  const restore = attributes.list()?.filter((attribute) => attribute.at('attributeName').text() === 'restore');
  const values = restore?.flatMap(
    (attribute) =>
      attribute
        .at('attributeValues')
        .list()
        ?.map((value) => value.text()) ?? [undefined],
  );
  if (!values || restore?.length === 0) return undefined;
  if (values.includes('all')) return true;
  return values.includes(undefined) ? undefined : false;
}
