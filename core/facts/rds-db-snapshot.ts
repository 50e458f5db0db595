import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';
import type { View } from './view.ts';

/** Facts of a snapshot of a DB instance or a DB cluster of RDS, Aurora, DocumentDB or Neptune. */
export interface DbSnapshotFacts {
  /** Whether every AWS account can copy or restore it. */
  restorableByAll?: boolean;
}

const SHAPES: Shapes<DbSnapshotFacts> = { restorableByAll: flag };

export const dbSnapshotParser = factParser<DbSnapshotFacts>(SHAPES, {
  restorableByAll: ({ supplementary }) => readRestorableByAll(supplementary.at('DBSnapshotAttributes').json()),
});

export const dbClusterSnapshotParser = factParser<DbSnapshotFacts>(SHAPES, {
  restorableByAll: ({ supplementary }) => readRestorableByAll(supplementary.at('DBClusterSnapshotAttributes').json()),
});

/**
 * Returns whether a snapshot is public. The attribute `restore` lists the accounts that can restore it; `all` means every account:
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
