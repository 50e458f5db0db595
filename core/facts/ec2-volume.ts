import { fleetOf, isForClaim } from './fleet.ts';
import { factParser } from './parser.ts';
import { flag, listOf, nullable, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface VolumeFacts {
  encrypted?: boolean;
  /** Whether the volume is attached to an instance. */
  attached?: boolean;
  /** IDs of the instances that it is attached to, at most 16. */
  instanceIds?: readonly string[];
  /** Whether EC2 deletes it with each instance that it is attached to. */
  deletedWithInstance?: boolean;
  /** Replacement mechanism of the instance that it was created for, from its own tags (see `fleetOf`), or `null`. */
  fleet?: string | null;
  /** Whether Kubernetes created it for a persistent volume claim. */
  forClaim?: boolean;
}

/** Maximum number of attachments of a volume with Multi-Attach: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volumes-multi.html */
const MAX_ATTACHMENTS = 16;

const attachmentsNow = (configuration: View): View[] | undefined =>
  configuration
    .at('attachments')
    .list()
    ?.filter((attachment) => attachment.at('state').text() !== 'detached');

const SHAPES: Shapes<VolumeFacts> = {
  encrypted: flag,
  attached: flag,
  instanceIds: listOf(text),
  deletedWithInstance: flag,
  fleet: nullable(text),
  forClaim: flag,
};

export const volumeParser = factParser<VolumeFacts>(SHAPES, {
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
  attached: ({ configuration }) => {
    const attachments = attachmentsNow(configuration);
    return attachments && attachments.length > 0;
  },
  instanceIds: ({ configuration }) =>
    attachmentsNow(configuration)
      ?.slice(0, MAX_ATTACHMENTS)
      .flatMap((attachment) => attachment.at('instanceId').text() ?? []),
  deletedWithInstance: ({ configuration }) => {
    const flags = attachmentsNow(configuration)?.map((attachment) => attachment.at('deleteOnTermination').flag());
    if (!flags) return undefined;
    if (flags.length === 0 || flags.includes(false)) return false;
    return flags.includes(undefined) ? undefined : true;
  },
  fleet: ({ tags }) => {
    const all = tags();
    return all && fleetOf(all);
  },
  forClaim: ({ tags }) => {
    const all = tags();
    return all && isForClaim(all);
  },
});
