import { factParser } from './parser.ts';
import { listOf, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** A reference to a launch template by ID, by name, or by both. */
export interface LaunchTemplateReference {
  readonly id?: string;
  readonly name?: string;
  /** A version number, `$Default` or `$Latest`. */
  readonly version: string;
}

export interface AutoScalingGroupFacts {
  /** Name of the launch configuration; empty if the group has none. */
  launchConfiguration?: string;
  /** The template of the group and those of its mixed-instances policy and overrides. Never empty. */
  launchTemplates?: readonly LaunchTemplateReference[];
}

const SHAPES: Shapes<AutoScalingGroupFacts> = {
  launchConfiguration: text,
  launchTemplates: listOf(objectOf({ version: text }, { id: text, name: text })),
};

export const autoScalingGroupParser = factParser<AutoScalingGroupFacts>(SHAPES, {
  launchConfiguration: ({ configuration }) => {
    const name = configuration.at('launchConfigurationName');
    return name.exists ? name.text() : configuration.isObject ? '' : undefined;
  },
  launchTemplates: ({ configuration }) => {
    const mixed = configuration.at('mixedInstancesPolicy').at('launchTemplate');
    const holders = [mixed, ...(mixed.at('overrides').list() ?? [])];
    const specifications = [configuration.at('launchTemplate'), ...holders.map((holder) => holder.at('launchTemplateSpecification'))];
    const references = specifications.flatMap((specification) => readReference(specification) ?? []);
    return references.length > 0 ? references : undefined;
  },
});

function readReference(specification: View): LaunchTemplateReference | undefined {
  const id = specification.at('launchTemplateId').text() || undefined;
  const name = specification.at('launchTemplateName').text() || undefined;
  if (id === undefined && name === undefined) return undefined;
  const version = specification.at('version');
  return {
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    version: typeof version.raw() === 'number' ? String(version.raw()) : (version.text() ?? '$Default'),
  };
}
