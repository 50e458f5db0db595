import type { Level, Pillar, Severity } from '../../core/model.ts';

/** Arguments of the templates of one control. */
export interface ControlPlan {
  readonly id: string;
  readonly title: string;
  readonly slug: string;
  readonly pillar: Pillar;
  readonly level: Level;
  readonly severity: Severity;
  readonly resourceType: string;
  /** Names of the facts that the rule needs. */
  readonly facts: readonly string[];
  readonly isInConfig: boolean;
}

/** Returns the rules of a control to fill in. They find no data, so that an unfinished control never passes. */
export const rulesText = ({ resourceType, facts }: ControlPlan): string => `rules: [
    on('${resourceType}', [${facts.map((fact) => `'${fact}'`).join(', ')}], () => {
      // TODO: derive compliant(reason), nonCompliant(code, reason) or notApplicable(reason) from the facts.
      return insufficientData('not-implemented', 'rule is not implemented');
    }),
  ],`;

/** Names that the template of the rules imports from core/control.ts. */
export const RULE_IMPORTS: readonly string[] = ['insufficientData', 'on'];

/** Returns the file of a new control. The catalogue's test fails until each TODO is replaced. */
export const controlText = (
  plan: ControlPlan,
): string => `import { type ControlPage, defineControl, insufficientData, on } from '../../core/control.ts';

export default defineControl({
  id: '${plan.id}',
  title: ${JSON.stringify(plan.title)},
  pillar: '${plan.pillar}',
  level: ${plan.level},
  severity: '${plan.severity}',
  ${rulesText(plan)}
});

export const page: ControlPage = {
  slug: '${plan.slug}',
  topic: 'TODO: topic of the control',
  scope: 'resource',
  evidence: '${plan.isInConfig ? 'config' : 'api'}',
  rule: 'TODO: Passes if … Fails otherwise. Not applicable if …',
  why: 'TODO: the risk, in one or two sentences.',
  triggers: { cloudTrail: [], schedule: 'rate(24 hours)' },
  remediation: { kind: 'manual', note: 'TODO: what a person changes.' },
  crosswalk: { cisAwsV3: [], cisAwsV5: [], securityHub: [], prowler: [], nistCsf2: [], awsSmmV2: [], iansCsmm2: [] },
};
`;

/** Returns the test of a control. Its cases fail until rule and test are filled in. */
export const controlTestText = (
  { pillar, resourceType }: ControlPlan,
  fileName: string,
): string => `import control from '../../../controls/${pillar}/${fileName}.ts';
import { testControl } from '../../support/control.ts';

// TODO: replace the words, codes, titles and facts.
testControl(control, '${resourceType}', {
  COMPLIANT: { 'TODO: words of the reason': { 'TODO: when the resource passes': {} } },
  NON_COMPLIANT: { 'todo-code': { 'TODO: when the resource fails': {} } },
  INSUFFICIENT_DATA: { 'not-read': { 'its facts were not read': {} } },
});
`;

/** Names of the file, the type and the parser for the facts of a resource type. */
export interface FactNames {
  /** Without extension, such as `ec2-route-table`. */
  readonly file: string;
  readonly interfaceName: string;
  readonly parserName: string;
}

/** Returns the names for a type: `AWS::EC2::RouteTable` gives `ec2-route-table`, `RouteTableFacts` and `routeTableParser`. */
export function factNames(resourceType: string): FactNames {
  const [, service = '', resource = ''] = resourceType.split('::');
  const words = kebab(resource).split('-');
  const pascal = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
  return {
    file: `${service.toLowerCase()}-${words.join('-')}`,
    interfaceName: `${pascal}Facts`,
    parserName: `${pascal[0]?.toLowerCase()}${pascal.slice(1)}Parser`,
  };
}

const kebab = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4').toLowerCase();

/** Returns the facts of a new type. Every fact is unknown until its reader is filled in. */
export const factText = (
  { interfaceName, parserName }: FactNames,
  facts: readonly string[],
): string => `import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface ${interfaceName} {
${facts.map((fact) => `  ${fact}?: boolean;`).join('\n')}
}

const SHAPES: Shapes<${interfaceName}> = { ${facts.map((fact) => `${fact}: flag`).join(', ')} };

export const ${parserName} = factParser<${interfaceName}>(SHAPES, {
  // TODO: read each fact, such as ({ configuration }) => configuration.at('encrypted').flag(). \`undefined\` means unknown.
${facts.map((fact) => `  ${fact}: () => undefined,`).join('\n')}
});
`;

/** Returns the test of the facts of a new type. It fails until the readers are filled in. */
export const factTestText = (resourceType: string, facts: readonly string[]): string => `import { expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

it('reads the facts of ${resourceType}', () => {
  // TODO: use the configuration of a real item, with sample account IDs such as 111111111111.
  const configuration = {};
  expect(factsOf('${resourceType}', configuration)).toEqual({ facts: { ${facts.map((fact) => `${fact}: true`).join(', ')} }, missing: {} });
});
`;
