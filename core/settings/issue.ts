/** A place in the document: keys and positions in lists. */
export type SettingsPath = readonly (string | number)[];

/** What a schema cannot say of a document: `text` goes on from the name of the place. */
export interface SettingsIssue {
  readonly kind: 'problem' | 'warning';
  readonly path: SettingsPath;
  readonly text: string;
  /** The place that `text` ends with. */
  readonly earlier?: SettingsPath;
}
