import { factParser } from './parser.ts';
import { flag, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** Facts of a snapshot of a DB instance or a DB cluster of RDS, Aurora, DocumentDB or Neptune. */
export interface DbSnapshotFacts {
  /** Whether every AWS account can copy or restore it. */
  restorableByAll?: boolean;
  /** How it was created: `manual`, `automated` or `awsbackup`. */
  snapshotType?: string;
}

const SHAPES: Shapes<DbSnapshotFacts> = { restorableByAll: flag, snapshotType: text };

export const dbSnapshotParser = factParser<DbSnapshotFacts>(SHAPES, {
  restorableByAll: ({ supplementary }) => readRestorableByAll(supplementary.at('DBSnapshotAttributes').json()),
  snapshotType: ({ configuration }) => configuration.at('snapshotType').text(),
});

export const dbClusterSnapshotParser = factParser<DbSnapshotFacts>(SHAPES, {
  restorableByAll: ({ supplementary }) => readRestorableByAll(supplementary.at('DBClusterSnapshotAttributes').json()),
  snapshotType: ({ configuration }) => configuration.at('snapshotType').text(),
});

/**
 * Returns whether a snapshot is public. The attribute `restore` lists the accounts that can restore it; `all` means every account:
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshotAttribute.html
 */
function readRestorableByAll(attributes: View): boolean | undefined {
  if (isOpen(attributes.raw())) return true;
  const restore = attributes.list()?.filter((attribute) => attribute.at('attributeName').text() === 'restore');
  const values = restore?.flatMap(
    (attribute) =>
      attribute
        .at('attributeValues')
        .list()
        ?.map((value) => value.text()) ?? [undefined],
  );
  return !values || values.includes(undefined) || restore?.length === 0 ? undefined : false;
}

/** Whether an attribute `restore` contains `all`. Other values do not matter, even if csmm cannot read them. */
const isOpen = (attributes: unknown): boolean =>
  listIn(attributes).some((attribute) => {
    const { attributeName, AttributeName, attributeValues, AttributeValues } = (attribute ?? {}) as Readonly<Record<string, unknown>>;
    return (attributeName ?? AttributeName) === 'restore' && listIn(attributeValues ?? AttributeValues).includes('all');
  });

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
