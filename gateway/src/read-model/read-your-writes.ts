import type { Ledger } from '../ports.js';
import type { Follower } from './follow-ledger.js';

/**
 * A ledger whose submits answer when their block is projected, so that a list read next shows what was written.
 * Where the projection is late the answer comes all the same: the commit is what counts.
 */
export function readYourWrites(ledger: Ledger, follower: Follower, timeoutMs = 3_000): Ledger {
  return {
    async submit(name, input, priv, options) {
      const committed = await ledger.submit(name, input, priv, options);
      await follower.waitForBlock(committed.transaction.block, timeoutMs);
      return committed;
    },
    evaluate: (name, input, options, priv) => ledger.evaluate(name, input, options, priv),
  };
}
