import { ServerError } from './server-error.js';

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Fabric takes nothing shorter. */
const SHORTEST = 1_000;
const LONGEST = 24 * 3_600_000;

/**
 * Milliseconds that a chaincode may take for a transaction, from Fabric's own setting of a peer.
 * @param text A duration as Go writes it: `30s`, `1m30s`, `1.5s`.
 * @returns undefined where nothing was set.
 * @throws ServerError (BAD_SETTING) for what is no duration from a second to a day.
 */
export function executeTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text;
  const sum = parts.reduce(
    (ms, [, number, unit]) => ms + Number(number) * (MILLISECONDS[unit ?? ''] ?? 0),
    0,
  );
  if (isWhole && sum >= SHORTEST && sum <= LONGEST) return Math.round(sum);
  throw new ServerError(
    'BAD_SETTING',
    `CORE_CHAINCODE_EXECUTETIMEOUT is "${text}", not a duration from 1s to 24h`,
    { hint: 'Write it as for a Fabric peer: 30s, 1m30s.' },
  );
}
