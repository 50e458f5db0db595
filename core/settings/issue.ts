/** A location in the document: keys and list positions. */
export type SettingsPath = readonly (string | number)[];

/** A problem or warning that a schema cannot express. `text` continues a sentence that starts with the name of the location. */
export interface SettingsIssue {
  readonly kind: 'problem' | 'warning';
  readonly path: SettingsPath;
  readonly text: string;
  /** Location that follows `text`. */
  readonly earlier?: SettingsPath;
}
