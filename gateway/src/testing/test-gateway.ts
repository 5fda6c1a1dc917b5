import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { FunctionName } from '@medaccord/chaincode/api';
import { createProofVerifier, createTokens } from '../auth/index.js';
import {
  createClient,
  createSession,
  httpsFetch,
  type ClientOptions,
  type MedAccordClient,
} from '../client/index.js';
import type { GatewayConfig } from '../config.js';
import { createApp, createRuns, loadApiDocument, startServer, type HttpParts } from '../http/index.js';
import { createLogger } from '../logging.js';
import { createMetrics } from '../metrics.js';
import type { CommitOutcome, EventStream, Ledger, LedgerOptions, ReadModel } from '../ports.js';
import { billingUseCases } from '../use-cases/billing/index.js';
import { consentUseCases } from '../use-cases/consents/index.js';
import { directoryUseCases } from '../use-cases/directory/index.js';
import { testOrganisation, testRevocations, type IssueOptions, type TestIdentity } from './identities.js';
import { MemoryRuns } from './memory-runs.js';
import { testAuthority } from './test-authority.js';

const document = loadApiDocument();

/** One call of the chaincode as a use case made it. */
export interface LedgerCall {
  readonly kind: 'submit' | 'evaluate';
  readonly name: FunctionName;
  readonly input: Record<string, unknown>;
  readonly private: Record<string, unknown> | undefined;
  readonly options: LedgerOptions;
}
export interface TestGatewayOptions {
  /** What the ledger answers; throws for a refusal. */
  readonly answer?: (call: LedgerCall) => unknown;
  readonly limits?: Partial<GatewayConfig['limits']>;
  readonly environment?: 'development' | 'production';
  readonly kind?: GatewayConfig['organisation']['kind'];
  readonly events?: EventStream;
  readonly heartbeatMs?: number;
  readonly checkMs?: number;
  /** Everybody is approved where left out. */
  readonly approved?: HttpParts['approved'];
  readonly readModel?: Partial<ReadModel>;
  /** Takes log lines. */
  readonly log?: (line: string) => void;
}

/** The gateway's transport and use cases over a ledger that a test plays. Records are not part of it. */
export async function startTestGateway(options: TestGatewayOptions = {}) {
  const people = await testOrganisation();
  const tls = await testAuthority('tls');
  const server = await tls.issue('localhost', ['server']);
  const organisation = {
    name: 'hospital-a',
    kind: options.kind ?? 'hospital',
    mspId: 'HospitalAMSP',
    domain: 'hospital-a.example',
  };
  const revocations = testRevocations();
  const calls: LedgerCall[] = [];
  const runs = new MemoryRuns();
  const ledger = playedLedger(calls, options.answer ?? (() => ({ version: 1 })));
  const readModel = (options.readModel ?? {}) as ReadModel;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const wallet = { find: () => Promise.resolve(undefined) };
  let origin = '';
  const parts = {
    document,
    organisation,
    limits: { bodyBytes: 65_536, requestsPerMinute: 60_000, concurrent: 50, streams: 5, ...options.limits },
    origin: () => origin,
    auth: {
      organisation,
      development: options.environment !== 'production',
      issuers: [people.issuer],
      revocations,
      tokens: createTokens(privateKey, organisation),
      proofs: createProofVerifier(),
    },
    approved: options.approved ?? (() => Promise.resolve(true)),
    handlers: {
      ...directoryUseCases({ ledger, readModel, wallet }),
      ...consentUseCases({ ledger, readModel, channel: 'care' }),
      ...billingUseCases({ ledger, readModel, organisation }),
    } as HttpParts['handlers'],
    events: options.events ?? { open: () => noEvents() },
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
    ...(options.checkMs === undefined ? {} : { checkMs: options.checkMs }),
    idempotency: runs,
    runs: createRuns(randomBytes(32), runs),
    readiness: () => Promise.resolve({ ready: true, parts: { peer: 'ok' }, block: 3 }),
    metrics: createMetrics(),
    log: createLogger('debug', { write: options.log ?? (() => undefined) }),
  } satisfies HttpParts;
  const running = await startServer(createApp(parts), {
    host: 'localhost',
    port: 0,
    cert: server.certificate,
    key: server.key,
    clientCas: [people.issuer.toString()],
  });
  origin = running.origin;
  const plain = httpsFetch({ ca: tls.certificate });
  const clients: MedAccordClient[] = [];
  const connect = async (change: Partial<ClientOptions> = {}): Promise<MedAccordClient> => {
    const client = await createClient({ baseUrl: origin, ca: tls.certificate, retries: 0, ...change });
    clients.push(client);
    return client;
  };
  return {
    origin,
    ca: tls.certificate,
    calls,
    runs,
    revocations,
    connect,
    issue: (issue?: IssueOptions): Promise<TestIdentity> => people.issue(issue),
    /** A client that is logged in with a DPoP-bound token. */
    async as(role: TestIdentity['role'], issue: IssueOptions = {}) {
      const identity = await people.issue({ role, ...issue });
      const client = await connect({
        login: { certificate: identity.certificate, privateKey: identity.key },
      });
      return { client, identity };
    },
    /** A request without the typed client, for what that does not let through. */
    raw(
      method: string,
      path: string,
      headers: Record<string, string> = {},
      body?: string,
    ): Promise<Response> {
      const content = body === undefined ? {} : { body };
      return plain.fetch(new Request(origin + path, { method, headers, ...content }));
    },
    /** The Authorization header of a plain bearer token. */
    async tokenOf(role: TestIdentity['role']): Promise<string> {
      const { certificate, key } = await people.issue({ role });
      const login = { baseUrl: origin, certificate, privateKey: key, binding: 'none' } as const;
      const session = await createSession(login, plain.fetch);
      return (await session.authorize('GET', origin))['Authorization'] ?? '';
    },
    async close(): Promise<void> {
      plain.close();
      for (const client of clients) client.close();
      await running.close(1_000);
    },
  };
}
export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;

/** Remembers what was sent under a run, as the real one does. */
function playedLedger(calls: LedgerCall[], answer: (call: LedgerCall) => unknown): Ledger {
  const outcomes = new Map<string, CommitOutcome>();
  const play = async (call: LedgerCall): Promise<unknown> => {
    calls.push(call);
    return (await answer(call)) ?? { version: 1 };
  };
  const ledger = {
    async submit(name: FunctionName, input: object, priv: object | undefined, options: LedgerOptions) {
      const previous = await options.attempt?.previous();
      const known = previous === undefined ? undefined : outcomes.get(previous.transactionId);
      if (previous !== undefined && known !== undefined) {
        return { result: previous.result, transaction: { id: known.transactionId, block: known.block } };
      }
      const result = await play({ kind: 'submit', name, input, private: priv, options } as LedgerCall);
      const transactionId = randomBytes(32).toString('hex');
      await options.attempt?.sending({ transactionId, result });
      outcomes.set(transactionId, { transactionId, block: outcomes.size + 1, code: 0 });
      return { result, transaction: { id: transactionId, block: outcomes.size } };
    },
    evaluate: (name: FunctionName, input: object, options: LedgerOptions, priv?: object) =>
      play({ kind: 'evaluate', name, input, private: priv, options } as LedgerCall),
  };
  return ledger as unknown as Ledger;
}

async function* noEvents(): AsyncGenerator<never> {
  // A stream that ends at once.
}
