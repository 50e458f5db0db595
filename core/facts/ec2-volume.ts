import { factParser } from './parser.ts';
import { flag, listOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface VolumeFacts {
  encrypted?: boolean;
  /** Whether the volume is attached to an instance. */
  attached?: boolean;
  /** IDs of the instances that it is attached to, at most 16. */
  instanceIds?: readonly string[];
}

/** Maximum number of attachments of a volume with Multi-Attach: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volumes-multi.html */
const MAX_ATTACHMENTS = 16;

const attachmentsNow = (configuration: View): View[] | undefined =>
  configuration
    .at('attachments')
    .list()
    ?.filter((attachment) => attachment.at('state').text() !== 'detached');

const SHAPES: Shapes<VolumeFacts> = { encrypted: flag, attached: flag, instanceIds: listOf(text) };

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
});
