import type { Logger } from 'pino';
import type { RunStore } from './idempotency/index.js';
import type { Ledger } from './ports.js';
import { reconcileRecords } from './use-cases/records/index.js';
import type { RecordStore } from './vault/index.js';

const EVERY_MS = 10 * 60_000;

/** What nobody asks for but must be done now and then: old runs go, records that a crash left half done are ended. */
export function startHousekeeping(parts: {
  runs: Pick<RunStore, 'purge'>;
  records: RecordStore;
  ledger: Ledger;
  log: Logger;
}): { stop: () => Promise<void> } {
  const { runs, records, ledger, log } = parts;
  const round = async () => {
    const purged = await runs.purge();
    const reconciled = await reconcileRecords({ ledger, records });
    log.debug({ purged, ...reconciled }, 'housekeeping done');
  };
  let running = Promise.resolve();
  const run = () => {
    running = running.then(round).catch((error: unknown) => {
      log.warn({ err: error }, 'housekeeping failed; it is tried again');
    });
  };
  const timer = setInterval(run, EVERY_MS);
  run();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
