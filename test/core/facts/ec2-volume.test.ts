import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::EC2::Volume';
const ABSENT = 'not in the configuration item';
const ATTACHED = { encrypted: true, attachments: [{ instanceId: 'i-1', state: 'attached' }] };

describe('facts of a volume', () => {
  it.each([
    ['in lowerCamel keys', ATTACHED],
    ['in Pascal keys', { Encrypted: true, Attachments: [{ InstanceId: 'i-1', State: 'attached' }] }],
    ['as JSON text', JSON.stringify(ATTACHED)],
    ['with booleans as text', { ...ATTACHED, encrypted: 'true' }],
  ])('are the same %s', (_, configuration) => {
    expect(factsOf(TYPE, configuration)).toEqual({ facts: { encrypted: true, attached: true, instanceIds: ['i-1'] }, missing: {} });
  });

  it('do not count a detached or absent attachment', () => {
    const facts = { encrypted: false, attached: false, instanceIds: [] };
    expect(factsOf(TYPE, { encrypted: false, attachments: [] }).facts).toEqual(facts);
    expect(factsOf(TYPE, { encrypted: false, attachments: [{ instanceId: 'i-1', state: 'detached' }] }).facts).toEqual(facts);
  });

  it('contain up to 16 instances, and show an attachment to an instance without an ID', () => {
    const attachments = Array.from({ length: 100 }, (_, index) => ({ instanceId: `i-${index}`, state: 'attached' }));
    expect(factsOf(TYPE, { attachments }).facts.instanceIds).toHaveLength(16);
    expect(factsOf(TYPE, { attachments: [{ state: 'attached' }] }).facts).toEqual({ attached: true, instanceIds: [] });
  });

  it.each([
    ['is absent', {}, { encrypted: ABSENT, attached: ABSENT, instanceIds: ABSENT }],
    ['is null', { encrypted: null, attachments: null }, { encrypted: ABSENT, attached: ABSENT, instanceIds: ABSENT }],
    [
      'has another type',
      { encrypted: 1, attachments: {} },
      {
        encrypted: 'configuration.encrypted is not a boolean',
        attached: 'configuration.attachments is not a list',
        instanceIds: 'configuration.attachments is not a list',
      },
    ],
  ])('are missing with a reason if the property %s', (_, configuration, missing) => {
    expect(factsOf(TYPE, configuration)).toEqual({ facts: {}, missing });
  });
});
