import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const specification = { launchTemplateId: 'lt-1', launchTemplateName: 'one', version: '3' };

describe('facts of an Auto Scaling group', () => {
  it.each([
    ['a launch configuration', { launchConfigurationName: 'old' }, { launchConfiguration: 'old' }],
    ['a launch template', { launchTemplate: specification }, { launchTemplates: [{ id: 'lt-1', name: 'one', version: '3' }] }],
    [
      'a template by name in its default version',
      { launchTemplate: { launchTemplateName: 'one' } },
      { launchTemplates: [{ name: 'one', version: '$Default' }] },
    ],
    [
      'a template with a version in digits',
      { launchTemplate: { launchTemplateId: 'lt-1', version: 3 } },
      { launchTemplates: [{ id: 'lt-1', version: '3' }] },
    ],
    [
      'a mixed-instances policy with overrides',
      {
        mixedInstancesPolicy: {
          launchTemplate: {
            launchTemplateSpecification: specification,
            overrides: [{ instanceType: 't3.micro' }, { launchTemplateSpecification: { launchTemplateId: 'lt-2', version: '$Latest' } }],
          },
        },
      },
      {
        launchTemplates: [
          { id: 'lt-1', name: 'one', version: '3' },
          { id: 'lt-2', version: '$Latest' },
        ],
      },
    ],
    ['neither', { launchConfigurationName: '', launchTemplate: null }, {}],
  ])('name %s', (_, configuration, facts) => {
    expect(factsOf('AWS::AutoScaling::AutoScalingGroup', configuration).facts).toEqual({ launchConfiguration: '', ...facts });
  });

  it('do not name a launch configuration that cannot be read', () => {
    expect(factsOf('AWS::AutoScaling::AutoScalingGroup', { launchConfigurationName: 5, launchTemplate: specification }).facts).toEqual({
      launchTemplates: [{ id: 'lt-1', name: 'one', version: '3' }],
    });
  });
});
