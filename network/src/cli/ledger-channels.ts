import { CodedError } from '../coded-error.js';
import { topologyInForce } from '../consortium/index.js';
import type { EmbeddedNetworkOptions } from '../embedded/index.js';
import { printNote } from './output.js';

export type LedgerChannel = EmbeddedNetworkOptions['channels'][number];

/**
 * The channels of a home, or the one of that name, as the ledger's process opens them.
 * @throws CodedError NO_CONSORTIUM, CHANNEL_UNKNOWN; TopologyError, IdentityError.
 */
export async function ledgerChannels(home: string, name?: string): Promise<LedgerChannel[]> {
  if (topologyInForce(home) === undefined) {
    throw new CodedError('NO_CONSORTIUM', `there is no consortium in ${home}`, { hint: 'Give its --home.' });
  }
  // Loaded here alone: no other command should wait for the ledger's libraries.
  const { networkOfHome } = await import('../embedded/index.js');
  const { channels } = networkOfHome(home).options;
  const chosen = channels.filter(({ channelId }) => name === undefined || channelId === name);
  if (chosen.length > 0) return chosen;
  throw new CodedError('CHANNEL_UNKNOWN', `there is no channel "${name ?? ''}" in ${home}`, {
    hint: `There is ${channels.map(({ channelId }) => channelId).join(', ')}.`,
  });
}

/** Blocks as they are done, on one line of a terminal; nothing where stderr is none. */
export function blockCounter(channelId: string): { count(blocks: number, of?: number): void; end(): void } {
  const isShown = process.stderr.isTTY;
  let shownAt = 0;
  return {
    count: (blocks, of) => {
      if (!isShown || Date.now() - shownAt < 100) return;
      shownAt = Date.now();
      process.stderr.write(`\r${channelId}: ${blocks}${of === undefined ? '' : ` of ${of}`} blocks`);
    },
    end: () => {
      if (isShown && shownAt > 0) printNote('');
    },
  };
}
