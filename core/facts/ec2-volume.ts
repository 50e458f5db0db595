import { factParser } from './parser.ts';

export interface VolumeFacts {
  encrypted?: boolean;
  /** Whether the volume is attached to an instance now. */
  attached?: boolean;
}

export const volumeParser = factParser<VolumeFacts>({
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
  attached: ({ configuration }) => {
    const attachments = configuration.at('attachments').list();
    return attachments?.some((attachment) => attachment.at('state').text() !== 'detached');
  },
});
