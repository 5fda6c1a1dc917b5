import { join } from 'node:path';
import { loadConfig } from '@medaccord/gateway/config';
import { connectLedger } from '@medaccord/gateway/ledger-connection';
import type { Consortium } from '../consortium/index.js';
import { batchInput } from './batches.js';
import { AUTHOR, ORGANISATION } from './bench-consortium.js';
import type { Way } from './way.js';

/** The gateway's own connection, in this process: its signer, and commits learnt from one stream of blocks. */
export async function sessionWay(consortium: Consortium): Promise<Way> {
  const { home } = consortium;
  const file = join(home, 'gateways', ORGANISATION, 'config.json');
  const link = await connectLedger(loadConfig({ ...process.env, LOG_LEVEL: 'error' }, file));
  const { subject, mspId } = await consortium.identity(ORGANISATION, AUTHOR);
  const stop = new AbortController();
  const reading = (async () => {
    const blocks = link.blocks.blocks(await link.blocks.height(), stop.signal)[Symbol.asyncIterator]();
    while ((await blocks.next()).done !== true);
  })();
  const as = { subject, mspId, role: 'doctor', organisation: ORGANISATION, binding: 'none' } as const;
  return {
    name: 'session',
    async submit() {
      await link.ledger.submit('record:anchorBatch', batchInput(), undefined, { as });
    },
    async close() {
      stop.abort();
      // How a stream ends that is closed is not told.
      await reading.catch(() => undefined);
      link.close();
    },
  };
}
