/** The deployments that are tested: the context of each, by its name. */
export const SYNTHESES = {
  default: {},
  remediation: { remediation: true },
} as const satisfies Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type SynthesisName = keyof typeof SYNTHESES;
