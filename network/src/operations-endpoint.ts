import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

/** A node that hangs must not make who asks hang: so long is waited where nobody says otherwise. */
const DEADLINE_MS = 2000;
/** More than any node's metrics. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What a node of Fabric tells at its operations endpoint. */
export interface Operations {
  /** `OK`, or what is wrong with it. */
  readonly health: string;
  /** Number of blocks by channel. */
  readonly heights: Readonly<Record<string, number>>;
  /** Channels whose blocks this orderer makes at present. */
  readonly leads: readonly string[];
}

/** Asks the operations endpoint on that port of this machine. Never throws. */
export async function readOperations(port: number): Promise<Operations> {
  const [health, metrics = ''] = await Promise.all([
    healthAt(`http://localhost:${port}/healthz`),
    readMetrics(port),
  ]);
  const leaders = [
    ...gauges(metrics, 'consensus_etcdraft_is_leader'),
    ...gauges(metrics, 'consensus_BFT_is_leader'),
  ];
  return {
    health,
    heights: Object.fromEntries(gauges(metrics, 'ledger_blockchain_height')),
    leads: leaders.filter(([, value]) => value === 1).map(([channel]) => channel),
  };
}

/** Prometheus' text format. @returns undefined where nobody tells there in time. Never throws. */
export async function readMetrics(port: number, deadlineMs?: number): Promise<string | undefined> {
  try {
    const { status, body } = await get(`http://localhost:${port}/metrics`, { deadlineMs });
    return status === 200 ? body : undefined;
  } catch {
    return undefined;
  }
}

/**
 * `OK` where a health endpoint answers 200, else what it says. Never throws.
 * @param rootsFile Certificates to trust, where it is served over TLS.
 */
export async function healthAt(url: string, rootsFile?: string): Promise<string> {
  try {
    const { status, body } = await get(url, { rootsFile });
    return status === 200 ? 'OK' : reasonIn(body, status);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Fabric's nodes name what fails: `{"status":"Service Unavailable","failed_checks":[{component,reason}]}`. */
function reasonIn(body: string, status: number): string {
  try {
    const { failed_checks: failed = [], status: said } = JSON.parse(body) as {
      status?: string;
      failed_checks?: readonly { component: string; reason: string }[];
    };
    const reasons = failed.map(({ component, reason }) => `${component}: ${reason}`);
    return reasons.length > 0 ? reasons.join('; ') : (said ?? `answers ${status}`);
  } catch {
    return `answers ${status}`;
  }
}

/** The values of one gauge in Prometheus' text format, by channel. */
export function gauges(metrics: string, name: string): [channel: string, value: number][] {
  return metrics.split('\n').flatMap((line): [string, number][] => {
    if (!line.startsWith(`${name}{`)) return [];
    const [, channel, value] = /[{,]channel="([^"]*)".*\} (\S+)/.exec(line) ?? [];
    return channel === undefined ? [] : [[channel, Number(value)]];
  });
}

function get(
  url: string,
  { rootsFile, deadlineMs = DEADLINE_MS }: { rootsFile?: string; deadlineMs?: number },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(deadlineMs);
    const fail = (error: Error): void =>
      reject(new Error(signal.aborted ? `no answer within ${deadlineMs / 1000} s` : explain(error)));
    const options = { agent: false, signal };
    const call =
      rootsFile === undefined
        ? plainRequest(url, options)
        : tlsRequest(url, { ...options, ca: readFileSync(rootsFile) });
    call.on('error', fail);
    call.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
        if (body.length > MAX_BYTES) call.destroy(new Error('its answer is too long'));
      });
      response.on('error', fail);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.end();
  });
}

function explain(error: Error & { code?: string }): string {
  return error.code === 'ECONNREFUSED' ? 'not reachable' : error.message;
}
