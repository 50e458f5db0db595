import { outlineOf } from './outline.ts';
import type { Outlines } from './parts.ts';

/** Synthesizes the deployments that the model runs. It takes seconds. */
export const synthesizeOutlines = (): Outlines => ({
  alone: outlineOf({ homeRegion: 'eu-west-1' }),
  organization: outlineOf({ homeRegion: 'eu-west-1', organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'r-ab12' }),
});
