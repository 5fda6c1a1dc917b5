import { atLeast, under, type Bar } from './bar.js';
import type { Report } from './report.js';
import { LONE_TIMEOUT_MS } from './part-lone-submit.js';

/** What the ledger has to do, as shares of the machine's P-256 verifications a second on one core. */
const SUBMITS_IN_PROCESS = 0.07;
const SUBMITS_SERVICE = 0.05;
const EVALUATES = 0.25;
/** Of the rates with few keys, with many. */
const MANY_KEYS = 0.9;
const LONE_FACTOR = 1.3;
const OWN_BLOCK_MS = 15;
const START_MS = 3_000;

/** The bars of what was measured, in a fixed order. */
export function bars(report: Report): Bar[] {
  const ratio = (rate: number | undefined): number => (rate ?? Number.NaN) / report.verificationsPerSecond;
  const found: Bar[] = [];
  const { inProcess, service, lone, stateSizes, history } = report;
  if (inProcess !== undefined) {
    found.push(
      atLeast('submits, contract in process', ratio(inProcess.submits[64]?.perSecond), SUBMITS_IN_PROCESS),
    );
    found.push(
      atLeast('evaluates, contract in process', ratio(inProcess.evaluates[64]?.perSecond), EVALUATES),
    );
  }
  if (service !== undefined) {
    found.push(
      atLeast('submits, contract as a service', ratio(service.submits[64]?.perSecond), SUBMITS_SERVICE),
    );
  }
  const few = stateSizes?.[0];
  const many = stateSizes?.at(-1);
  if (few !== undefined && many !== undefined) {
    found.push(
      atLeast(
        'submits with many keys, of those with few',
        many.submitsPerSecond / few.submitsPerSecond,
        MANY_KEYS,
      ),
    );
    found.push(
      atLeast(
        'evaluates with many keys, of those with few',
        many.evaluatesPerSecond / few.evaluatesPerSecond,
        MANY_KEYS,
      ),
    );
  }
  if (lone !== undefined) {
    found.push(under('lone submit, batch timeouts', lone.untilTimeout / LONE_TIMEOUT_MS, LONE_FACTOR));
    found.push(under('lone submit in a block of its own, ms', lone.ownBlock, OWN_BLOCK_MS));
  }
  if (history !== undefined) found.push(under('start with a long history, ms', history.startFull, START_MS));
  return found;
}
