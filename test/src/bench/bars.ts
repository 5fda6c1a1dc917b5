import { atLeast, under, type Bar } from '@medaccord/network/bench/bar';
import type { EngineReport, Report } from './report.js';

const REST_OF_SESSION = 0.9;
const REST_OF_SDK = 1;
const SESSION_OF_SDK = 1.15;
const HASHES_PER_SECOND = 10_000;
const LONE_TIMEOUTS = 1.3;
const EMBEDDED_OF_FABRIC = 3;

/** What has to hold, of what was measured. Rates are compared within one engine's run, or of two runs one after the other. */
export function bars({ engines }: Report): Bar[] {
  const found = engines.flatMap(barsOf);
  const [embedded, fabric] = (['embedded', 'fabric'] as const).map((name) =>
    engines.find(({ engine }) => engine === name),
  );
  if (embedded === undefined || fabric === undefined) return found;
  const ratio = embedded.rates[64].session.perSecond / fabric.rates[64].session.perSecond;
  return [...found, atLeast('embedded of fabric, session, 64 in flight', ratio, EMBEDDED_OF_FABRIC)];
}

function barsOf({ engine, rates, loneMs, batches, batch }: EngineReport): Bar[] {
  const { sdk, session, rest } = rates[200];
  return [
    atLeast(`${engine}: REST of session, 200 in flight`, rest.perSecond / session.perSecond, REST_OF_SESSION),
    atLeast(`${engine}: REST of SDK, 200 in flight`, rest.perSecond / sdk.perSecond, REST_OF_SDK),
    atLeast(`${engine}: session of SDK, 200 in flight`, session.perSecond / sdk.perSecond, SESSION_OF_SDK),
    atLeast(`${engine}: record hashes a second`, batches.hashesPerSecond, HASHES_PER_SECOND),
    under(`${engine}: lone REST submit, batch timeouts`, loneMs.rest / batch.timeoutMs, LONE_TIMEOUTS),
  ];
}
