import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { approvals, createProofVerifier, createTokens, holderOf, type AuthParts } from './auth/index.js';
import { readText, type GatewayConfig } from './config.js';
import { SERVICE_SCHEMA, migrate, openDatabase } from './database/index.js';
import { takeRestored } from './restored.js';
import {
  createApp,
  createRuns,
  loadApiDocument,
  startServer,
  type HttpParts,
  type Readiness,
} from './http/index.js';
import { runStore } from './idempotency/index.js';
import { caRevocations } from './identity/index.js';
import { connectLedger, type LedgerConnection } from './ledger-connection.js';
import { createMetrics } from './metrics.js';
import { blockSource, readYourWrites, startReadModel, type RunningReadModel } from './read-model/index.js';
import { openRecords } from './record-parts.js';
import { startHousekeeping } from './housekeeping.js';
import { StartStack } from './start-stack.js';
import { billingUseCases } from './use-cases/billing/index.js';
import { consentUseCases } from './use-cases/consents/index.js';
import { directoryUseCases } from './use-cases/directory/index.js';
import { eventStream } from './use-cases/events/index.js';
import { transactionUseCases } from './use-cases/transactions/index.js';

export interface RunningGateway {
  readonly rest: string;
  close(): Promise<void>;
}

const GRACE_MS = 10_000;

/** Starts all parts in order; where one fails, those before it are stopped. */
export async function serve(config: GatewayConfig, log: Logger): Promise<RunningGateway> {
  const stack = new StartStack();
  try {
    return { rest: await start(config, log, stack), close: () => stack.close() };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

async function start(config: GatewayConfig, log: Logger, stack: StartStack): Promise<string> {
  const metrics = createMetrics();
  const link = await connectLedger(config, { metrics });
  stack.add('ledger', () => link.close());
  const onIdleError = (error: Error) => {
    log.warn({ err: error }, 'database connection lost');
  };
  const database = openDatabase(config.databaseUrl, { onIdleError });
  stack.add('database', () => database.end());
  const deferred = openDatabase(config.databaseUrl, { onIdleError, commits: 'deferred' });
  stack.add('database', () => deferred.end());
  await migrate(database, 'service', SERVICE_SCHEMA);
  await takeRestored(config.folder, database, log);
  // The ledger gives again what a projection lost.
  const readModel = await startReadModel({
    database: deferred,
    source: blockSource(link.blocks, config.chaincode),
    log,
  });
  stack.add('read model', () => readModel.follower.stop());
  readModel.follower.onBlock(({ number }) => metrics.block(number));
  const ledger = readYourWrites(link.ledger, readModel.follower);
  const runs = runStore({ database, deferred, schema: SERVICE_SCHEMA, secret: config.secrets.vaultKey });
  const records = await openRecords(config, { database, deferred, ledger, readModel, log });
  stack.add('exchange', () => records.close());
  const housekeeping = startHousekeeping({ runs, records: records.store, ledger: link.ledger, log });
  stack.add('housekeeping', () => housekeeping.stop());

  const auth = authParts(config);
  let origin = '';
  const parts: HttpParts = {
    document: loadApiDocument(),
    organisation: config.organisation,
    limits: config.limits,
    origin: () => origin,
    auth,
    approved: approvals(ledger),
    handlers: {
      ...directoryUseCases({ ledger, readModel: readModel.lists, wallet: link.wallet }),
      ...consentUseCases({ ledger, readModel: readModel.lists, channel: config.channel }),
      ...billingUseCases({ ledger, readModel: readModel.lists, organisation: config.organisation }),
      ...records.useCases,
      ...transactionUseCases({
        ledger,
        readModel: readModel.lists,
        prepared: link.prepared,
        clientSession: (signatory) => link.connection.session(signatory),
        status: link.status,
        async checkCertificate(pem) {
          const { subject, thumbprint, certificate } = await holderOf(auth, pem);
          return { subject, thumbprint, pem: certificate.toString() };
        },
      }),
    },
    events: eventStream({ tables: readModel.tables, follower: readModel.follower }),
    idempotency: runs,
    runs: createRuns(config.secrets.walletKey, runs),
    readiness: () => readinessOf(link, readModel),
    metrics,
    log,
  };
  const own = ownOrganisation(config);
  const server = await startServer(createApp(parts), {
    host: config.rest.host,
    port: config.rest.port,
    cert: readText('rest.certFile', config.rest.certFile),
    key: readText('rest.keyFile', config.rest.keyFile),
    clientCas: [readText('organisations.caCertFile', own.caCertFile)],
  });
  stack.add('REST', () => server.close(GRACE_MS));
  origin = server.origin;
  return server.origin;
}

function authParts(config: GatewayConfig): AuthParts {
  const own = ownOrganisation(config);
  return {
    organisation: config.organisation,
    development: config.environment === 'development',
    issuers: [new X509Certificate(readText('organisations.caCertFile', own.caCertFile))],
    revocations: caRevocations({
      url: config.ca.url,
      caName: config.ca.name,
      tlsCa: readText('ca.tlsCaFile', config.ca.tlsCaFile),
      certificate: readText('signer.certFile', config.signer.certFile),
      key: createPrivateKey(readText('signer.keyFile', config.signer.keyFile)),
    }),
    tokens: createTokens(config.secrets.tokenKey, config.organisation),
    proofs: createProofVerifier(),
  };
}

function ownOrganisation(config: GatewayConfig): GatewayConfig['organisations'][number] {
  const own = config.organisations.find(({ name }) => name === config.organisation.name);
  if (own === undefined) throw new RangeError('the configuration was checked to hold the own organisation');
  return own;
}

async function readinessOf(link: LedgerConnection, readModel: RunningReadModel): Promise<Readiness> {
  const peer = await link.ping().then(
    () => 'ok',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'failed'),
  );
  const nextBlock = await readModel.lists.nextBlock();
  const projection = nextBlock === undefined ? 'unreachable' : readModel.follower.status().state;
  return {
    ready: (peer === 'ok' || peer === 'NOT_FOUNDED') && projection === 'live',
    parts: { peer, readModel: projection },
    block: nextBlock === undefined || nextBlock === 0 ? undefined : nextBlock - 1,
  };
}
