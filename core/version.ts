import manifest from '../package.json' with { type: 'json' };

/** The version of this csmm. */
export const VERSION: string = manifest.version;
