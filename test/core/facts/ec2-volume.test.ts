import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::EC2::Volume';
const ATTACHED = { encrypted: true, attachments: [{ instanceId: 'i-1', state: 'attached' }] };

describe('facts of a volume', () => {
  it.each([
    ['in lowerCamel keys', ATTACHED],
    ['in Pascal keys', { Encrypted: true, Attachments: [{ InstanceId: 'i-1', State: 'attached' }] }],
    ['as JSON text', JSON.stringify(ATTACHED)],
    ['with booleans as text', { ...ATTACHED, encrypted: 'true' }],
  ])('are the same %s', (_, configuration) => {
    expect(factsOf(TYPE, configuration)).toEqual({ facts: { encrypted: true, attached: true }, missing: {} });
  });

  it('count a detached or absent attachment as not attached', () => {
    expect(factsOf(TYPE, { encrypted: false, attachments: [] }).facts).toEqual({ encrypted: false, attached: false });
    expect(factsOf(TYPE, { encrypted: false, attachments: [{ state: 'detached' }] }).facts).toEqual({ encrypted: false, attached: false });
  });

  it.each([
    ['is absent', {}, { encrypted: 'not in the configuration item', attached: 'not in the configuration item' }],
    [
      'is null',
      { encrypted: null, attachments: null },
      { encrypted: 'not in the configuration item', attached: 'not in the configuration item' },
    ],
    [
      'has another type',
      { encrypted: 1, attachments: {} },
      { encrypted: 'configuration.encrypted is not a boolean', attached: 'configuration.attachments is not a list' },
    ],
  ])('are missing with a reason where the property %s', (_, configuration, missing) => {
    expect(factsOf(TYPE, configuration)).toEqual({ facts: {}, missing });
  });
});
