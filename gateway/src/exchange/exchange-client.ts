import { createHash } from 'node:crypto';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { ERROR_CODES, PublicJwk, record as shapes } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import { openDocument } from '../vault/index.js';
import {
  ANSWER_MAX_BYTES,
  DESCRIPTOR_PATH,
  DescriptorAnswer,
  RELEASE_PATH,
  Refusal,
  ReleaseAnswer,
  ReleasedKey,
  type DescriptorRequest,
} from './protocol.js';

export interface ExchangeClientOptions {
  /** PEM of this gateway's certificate for other gateways. */
  readonly certificate: string;
  readonly key: string;
  readonly organisations: readonly { name: string; tlsCa: string; exchangeUrl: string }[];
  readonly timeoutMs?: number;
}

/** A reader's side of an exchange: it believes a custodian only what the ledger's hashes say. */
export interface ExchangeClient {
  /** @throws Problem: the custodian's refusal, or CUSTODIAN_UNREACHABLE, or CUSTODIAN_REFUSED. */
  descriptor(custodian: string, request: DescriptorRequest): Promise<DescriptorAnswer>;
  /**
   * The document of a described record, after its access event was committed.
   * @throws Problem as above; ANCHOR_MISMATCH where what came is not what the ledger has.
   */
  release(
    custodian: string,
    described: DescriptorAnswer,
    access: { event: string; transaction: string },
  ): Promise<{ mediaType: string; data: Buffer }>;
  close(): void;
}

export function exchangeClient(options: ExchangeClientOptions): ExchangeClient {
  return new HttpsExchangeClient(options);
}

class HttpsExchangeClient implements ExchangeClient {
  readonly #options: ExchangeClientOptions;
  readonly #agents = new Map<string, Agent>();

  constructor(options: ExchangeClientOptions) {
    this.#options = options;
  }

  async descriptor(custodian: string, request: DescriptorRequest): Promise<DescriptorAnswer> {
    const answer = DescriptorAnswer.safeParse(await this.#post(custodian, DESCRIPTOR_PATH, request));
    if (!answer.success) throw new Problem('CUSTODIAN_REFUSED', 'the custodian answered in another form');
    const { leaf, meta, metaSalt } = answer.data;
    const asked = leaf.record === request.record && leaf.version === (request.version ?? leaf.version);
    const bound = shapes.metaHash(meta, metaSalt) === leaf.metaHash && meta.record === leaf.record;
    if (!asked || !bound || leaf.custodian !== custodian || meta.custodian !== custodian) {
      throw new Problem('ANCHOR_MISMATCH', 'the custodian described another record');
    }
    return answer.data;
  }

  async release(
    custodian: string,
    described: DescriptorAnswer,
    access: { event: string; transaction: string },
  ) {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256' });
    const recipient = PublicJwk.parse(await exportJWK(publicKey));
    const answer = ReleaseAnswer.safeParse(
      await this.#post(custodian, RELEASE_PATH, { ...access, recipient }),
    );
    if (!answer.success) throw new Problem('CUSTODIAN_REFUSED', 'the custodian answered in another form');
    const block = Buffer.from(answer.data.block, 'base64');
    if (createHash('sha256').update(block).digest('hex') !== described.leaf.contentHash) {
      throw new Problem('ANCHOR_MISMATCH', 'the block is not the one that the ledger has the hash of');
    }
    try {
      const { plaintext } = await compactDecrypt(answer.data.key, privateKey, {
        keyManagementAlgorithms: ['ECDH-ES'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const released = ReleasedKey.parse(JSON.parse(Buffer.from(plaintext).toString('utf8')));
      if (released.event !== access.event || released.leaf !== shapes.leafHash(described.leaf)) {
        throw new RangeError('the key is of another release');
      }
      const { patient, record } = described.meta;
      const binding = { patient, record, version: described.leaf.version };
      return openDocument(block, Buffer.from(released.key, 'base64url'), binding, described.leaf.capsuleHash);
    } catch (cause) {
      throw new Problem('ANCHOR_MISMATCH', 'the released key does not open the block', { cause });
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #post(custodian: string, path: string, body: object): Promise<unknown> {
    const found = this.#options.organisations.find(({ name }) => name === custodian);
    if (found === undefined) throw new Problem('NOT_FOUND', 'no organisation of that name has a gateway');
    const signal = AbortSignal.timeout(this.#options.timeoutMs ?? 15_000);
    let answer: { status: number; body: unknown };
    try {
      answer = await post(new URL(path, found.exchangeUrl), this.#agent(found), JSON.stringify(body), signal);
    } catch (cause) {
      const options = { retryAfter: 2, cause };
      throw new Problem('CUSTODIAN_UNREACHABLE', `the gateway of ${custodian} did not answer`, options);
    }
    if (answer.status === 200) return answer.body;
    throw refusedBy(custodian, answer);
  }

  /** One connection pool a custodian, which trusts that organisation's TLS authority alone. */
  #agent({ name, tlsCa }: { name: string; tlsCa: string }): Agent {
    const { certificate: cert, key } = this.#options;
    const known = this.#agents.get(name);
    // No resumed sessions: each connection shows its certificate again.
    const tls = { ca: tlsCa, cert, key, minVersion: 'TLSv1.3', maxCachedSessions: 0 } as const;
    const agent = known ?? new Agent({ ...tls, keepAlive: true, maxSockets: 16 });
    this.#agents.set(name, agent);
    return agent;
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
