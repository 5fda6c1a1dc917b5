import { X509Certificate } from 'node:crypto';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { checkServerIdentity } from 'node:tls';
import { ERROR_CODES } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import { ExchangeError } from './exchange-error.js';
import { isGateway, isRevoked, type ExchangeOrganisation } from './peer-organisation.js';
import { ANSWER_MAX_BYTES, Refusal } from './protocol.js';

export interface ExchangeClientOptions {
  /** PEM of this gateway's certificate for other gateways. */
  readonly certificate: string;
  readonly key: string;
  readonly organisations: readonly Custodian[];
  readonly timeoutMs?: number;
}

export type Custodian = ExchangeOrganisation & { readonly exchangeUrl: string };

const NOTHING: ReadonlySet<string> = new Set();

/** Connections to other organisations' gateways over mutual TLS. */
export class CustodianConnections {
  readonly #options: ExchangeClientOptions;
  readonly #agents = new Map<string, { readonly agent: Agent; readonly revoked: ReadonlySet<string> }>();

  constructor(options: ExchangeClientOptions) {
    this.#options = options;
  }

  /**
   * Asks a custodian. @returns the body of its answer, of whatever form.
   * @throws Problem: its refusal, or NOT_FOUND, CUSTODIAN_UNREACHABLE, CUSTODIAN_REFUSED.
   */
  async post(custodian: string, path: string, body: object): Promise<unknown> {
    const found = this.#options.organisations.find(({ name }) => name === custodian);
    if (found === undefined) throw new Problem('NOT_FOUND', 'no organisation of that name has a gateway');
    const signal = AbortSignal.timeout(this.#options.timeoutMs ?? 15_000);
    let answer: { status: number; body: unknown };
    try {
      const agent = await this.#agent(found);
      answer = await post(new URL(path, found.exchangeUrl), agent, JSON.stringify(body), signal);
    } catch (cause) {
      const options = { retryAfter: 2, cause };
      throw new Problem('CUSTODIAN_UNREACHABLE', `the gateway of ${custodian} did not answer`, options);
    }
    if (answer.status === 200) return answer.body;
    throw refusedBy(custodian, answer);
  }

  /**
   * One connection pool a custodian, which trusts that organisation's TLS authority alone, and of its certificates
   * the gateway's. A new list of revocations ends the connections of old.
   */
  async #agent({ name, domain, tlsCa, revoked: list }: Custodian): Promise<Agent> {
    const { certificate: cert, key } = this.#options;
    const revoked = (await list?.()) ?? NOTHING;
    const known = this.#agents.get(name);
    if (known?.revoked === revoked) return known.agent;
    known?.agent.destroy();
    const agent = new Agent({
      ca: tlsCa,
      cert,
      key,
      minVersion: 'TLSv1.3',
      // No resumed sessions: each connection shows its certificate again.
      maxCachedSessions: 0,
      keepAlive: true,
      maxSockets: 16,
      checkServerIdentity(host, shown) {
        const certificate = new X509Certificate(shown.raw);
        if (isGateway(certificate, domain) && !isRevoked(certificate, revoked)) {
          return checkServerIdentity(host, shown);
        }
        return new ExchangeError('ORGANISATION_UNKNOWN', 'the server is not the gateway, or no more');
      },
    });
    this.#agents.set(name, { agent, revoked });
    return agent;
  }

  close(): void {
    for (const { agent } of this.#agents.values()) agent.destroy();
  }
}

function refusedBy(custodian: string, { status, body }: { status: number; body: unknown }): Problem {
  const refusal = Refusal.safeParse(body);
  if (status >= 500) {
    return new Problem('CUSTODIAN_UNREACHABLE', `the gateway of ${custodian} cannot answer now`, {
      retryAfter: 2,
    });
  }
  const known = ERROR_CODES.find((code) => code === refusal.data?.code);
  if (known !== undefined) return new Problem(known, refusal.data?.detail ?? known);
  // Its words are another organisation's: only the code's own letters are passed on.
  const code = refusal.data?.code.replace(/[^A-Z_]/g, '') ?? 'no code';
  return new Problem('CUSTODIAN_REFUSED', `the gateway of ${custodian} refused: ${code}`);
}

function post(
  url: URL,
  agent: Agent,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = httpsRequest(url, { method: 'POST', agent, headers, signal }, (response) => {
      readAnswer(response).then(
        (answer) => {
          resolve({ status: response.statusCode ?? 0, body: answer });
        },
        (error: unknown) => {
          request.destroy();
          reject(error instanceof Error ? error : new Error('the answer broke off'));
        },
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_MAX_BYTES) throw new RangeError('the answer is too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
