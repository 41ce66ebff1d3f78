/** The channel under which figures count a touchpoint. */
import type { Trust } from '@throughline/contracts';

/** Channels that public touchpoints may name: any other text would be a figure of its own. */
const publicChannels = new Set(['web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat']);

/** Null where none is named, or one that a public key may not make a figure of. */
export function figureChannelOf({ channel, trust }: { channel: string | null; trust: Trust }): string | null {
  return channel === null || trust === 'server' || publicChannels.has(channel) ? channel : null;
}
