/** The deployments that are tested: the context of each, by its name. */
export const SYNTHESES = {
  default: {},
  remediation: { remediation: true },
  organization: {
    homeRegion: 'eu-west-1',
    organizationId: 'o-a1b2c3d4e5',
    organizationalUnits: 'ou-ab12-a1b2c3d4',
    customerManagedKey: true,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type SynthesisName = keyof typeof SYNTHESES;
