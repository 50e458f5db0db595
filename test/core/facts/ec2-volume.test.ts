import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::EC2::Volume';
const ABSENT = 'not in the configuration item';
const ATTACHED = { encrypted: true, attachments: [{ instanceId: 'i-1', state: 'attached', deleteOnTermination: true }] };
const UNTAGGED = { fleet: null, forClaim: false };

describe('facts of a volume', () => {
  it.each([
    ['in lowerCamel keys', ATTACHED],
    ['in Pascal keys', { Encrypted: true, Attachments: [{ InstanceId: 'i-1', State: 'attached', DeleteOnTermination: 'true' }] }],
    ['as JSON text', JSON.stringify(ATTACHED)],
    ['with booleans as text', { ...ATTACHED, encrypted: 'true' }],
  ])('are the same %s', (_, configuration) => {
    const facts = { encrypted: true, attached: true, instanceIds: ['i-1'], deletedWithInstance: true, ...UNTAGGED };
    expect(factsOf(TYPE, configuration)).toEqual({ facts, missing: {} });
  });

  it('do not count a detached or absent attachment', () => {
    const facts = { encrypted: false, attached: false, instanceIds: [], deletedWithInstance: false, ...UNTAGGED };
    expect(factsOf(TYPE, { encrypted: false, attachments: [] }).facts).toEqual(facts);
    expect(factsOf(TYPE, { encrypted: false, attachments: [{ instanceId: 'i-1', state: 'detached' }] }).facts).toEqual(facts);
  });

  it('contain up to 16 instances, and show an attachment to an instance without an ID', () => {
    const attachments = Array.from({ length: 100 }, (_, index) => ({ instanceId: `i-${index}`, state: 'attached' }));
    expect(factsOf(TYPE, { attachments }).facts.instanceIds).toHaveLength(16);
    expect(factsOf(TYPE, { attachments: [{ state: 'attached' }] }).facts).toEqual({ attached: true, instanceIds: [], ...UNTAGGED });
  });

  it.each([
    ['is absent', {}, { encrypted: ABSENT, attached: ABSENT, instanceIds: ABSENT, deletedWithInstance: ABSENT }],
    [
      'is null',
      { encrypted: null, attachments: null },
      { encrypted: ABSENT, attached: ABSENT, instanceIds: ABSENT, deletedWithInstance: ABSENT },
    ],
    [
      'has another type',
      { encrypted: 1, attachments: {} },
      {
        encrypted: 'configuration.encrypted is not a boolean',
        attached: 'configuration.attachments is not a list',
        instanceIds: 'configuration.attachments is not a list',
        deletedWithInstance: 'configuration.attachments is not a list',
      },
    ],
  ])('are missing with a reason if the property %s', (_, configuration, missing) => {
    expect(factsOf(TYPE, configuration)).toEqual({ facts: UNTAGGED, missing });
  });

  const attachments = (...flags: unknown[]) =>
    flags.map((deleteOnTermination) => ({ instanceId: 'i-1', state: 'attached', deleteOnTermination }));

  it.each<[string, unknown[], boolean | undefined]>([
    ['is deleted with its instance', [true], true],
    ['outlives its instance', [false], false],
    ['outlives one of its instances', [true, false], false],
    ['is deleted with one instance, and another is unknown', [true, undefined], undefined],
    ['has an attachment that is not a boolean', ['yes'], undefined],
  ])('show whether it %s', (_, flags, expected) => {
    expect(factsOf(TYPE, { attachments: attachments(...flags) }).facts.deletedWithInstance).toBe(expected);
  });

  it.each<[string, object, string | null, boolean]>([
    ['a node, by EKS', { 'eks:cluster-name': 'shop', 'eks:nodegroup-name': 'web' }, 'Kubernetes cluster shop', false],
    ['a node, by its owner', { 'kubernetes.io/cluster/shop': 'owned' }, 'Kubernetes cluster shop', false],
    ['a claim, by the CSI driver', { 'ebs.csi.aws.com/cluster': 'true', CSIVolumeName: 'pvc-1' }, null, true],
    [
      'a claim, by Kubernetes',
      { 'kubernetes.io/cluster/shop': 'owned', 'kubernetes.io/created-for/pvc/name': 'a' },
      'Kubernetes cluster shop',
      true,
    ],
    ['neither', { Name: 'a', 'kubernetes.io/cluster/shop': 'shared', 'eks:cluster-name': '' }, null, false],
  ])('show that it is for %s', (_, tags, fleet, forClaim) => {
    expect(factsOf(TYPE, {}, { tags }).facts).toEqual({ fleet, forClaim });
    const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    expect(factsOf(TYPE, {}, { tags: list }).facts).toEqual({ fleet, forClaim });
  });

  it('lack what its tags show if they were not read', () => {
    expect(factsOf(TYPE, {}, { tags: undefined }).facts).toEqual({});
    expect(factsOf(TYPE, {}, { tags: [{ Value: 'no key' }] }).facts).toEqual({});
  });
});
