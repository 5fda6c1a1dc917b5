import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError, readText, type GatewayConfig } from './config.js';
import { Problem } from './errors.js';
import {
  PeerCertificateError,
  checkPeer,
  clientSignatures,
  createCommitWaiter,
  createLedger,
  createPreparedTransactions,
  openBlockStream,
  openConnection,
  problemOf,
  transactionStatus,
  type FabricConnection,
  type PreparedTransactions,
  type Signatories,
  type Signatory,
} from './fabric/index.js';
import { checkHolder, openWallet, type Wallet } from './identity/index.js';
import type { Metrics } from './metrics.js';
import type { CommitOutcome, CommitWaiter, DeliveredBlocks, Ledger } from './ports.js';

/** The process's one way to its peer. */
export interface LedgerConnection {
  readonly ledger: Ledger;
  readonly blocks: DeliveredBlocks;
  readonly commits: CommitWaiter;
  readonly wallet: Wallet;
  /** What waits for signatures of clients. */
  readonly prepared: PreparedTransactions;
  /** Undefined where the peer has not seen the transaction. */
  readonly status: (transactionId: string) => Promise<CommitOutcome | undefined>;
  readonly connection: FabricConnection;
  /** Asks the peer something, so that its answer or its silence is known. */
  readonly ping: () => Promise<void>;
  close(): void;
}

const START_MS = 15_000;
const LOOK_UP_MS = 1_500;

/**
 * Connects as the service identity.
 * @throws ConfigError for an identity or a peer certificate that is not accepted; UnreachablePeerError.
 */
export async function connectLedger(
  config: GatewayConfig,
  { metrics, startMs = START_MS }: { metrics?: Metrics; startMs?: number } = {},
): Promise<LedgerConnection> {
  const service = await serviceIdentity(config);
  const tlsCa = readFileSync(config.peer.tlsCaFile);
  await checkPeer(config.peer.endpoint, tlsCa, startMs).catch((error: unknown) => {
    if (error instanceof PeerCertificateError) throw new ConfigError('peer.tlsCaFile', error.message);
    throw error;
  });
  const connection = openConnection({ endpoint: config.peer.endpoint, tlsCa });
  await connection.waitUntilReady(startMs);
  const session = connection.session(service);
  const status = (id: string) => transactionStatus(session, config.channel, id, LOOK_UP_MS);
  const commits = createCommitWaiter({ ask: status });
  const blocks = openBlockStream(session, config.channel, commits);
  const wallet = openWallet(config.walletDir, config.secrets.walletKey);
  const { channel, chaincode, organisation: own, organisations: members } = config;
  const prepared = createPreparedTransactions({ channel, chaincode, own, members });
  const sessionOf = (signatory: Signatory) => connection.session(signatory);
  const ledger = createLedger({
    channel,
    chaincode,
    own,
    members,
    session: sessionOf,
    askClient: clientSignatures(prepared, sessionOf),
    signatories: signatoriesOf(service, wallet),
    commits,
    status,
    ...(metrics && { observe: (name, outcome, seconds) => metrics.ledgerCall(name, outcome, seconds) }),
  });
  const ping = async () => {
    await ledger.evaluate('directory:consortium', {}, { as: 'service' });
  };
  await ping().catch((error: unknown) => {
    // A consortium that is not founded yet is no fault of this gateway.
    if (error instanceof Problem && error.code === 'LEDGER_REJECTED') {
      throw new ConfigError('signer.certFile', `peer ${config.peer.endpoint} refuses this identity`);
    }
  });
  return {
    ledger,
    blocks,
    commits,
    wallet,
    prepared,
    status: (id) =>
      status(id).catch((error: unknown) => {
        throw problemOf(error, 'commit');
      }),
    connection,
    ping,
    close() {
      connection.close();
    },
  };
}

function signatoriesOf(service: Signatory, wallet: Wallet): Signatories {
  return {
    service,
    async of(caller) {
      const identity = await wallet.find(caller.subject);
      return identity?.mspId === caller.mspId && identity.role === caller.role ? identity : undefined;
    },
  };
}

/** @throws ConfigError unless it is this organisation's own `gateway` identity. */
async function serviceIdentity(config: GatewayConfig): Promise<Signatory> {
  const certificate = readText('signer.certFile', config.signer.certFile);
  const own = config.organisations.find(({ name }) => name === config.organisation.name);
  const issuer = new X509Certificate(readText('organisations.caCertFile', own?.caCertFile ?? ''));
  // Whether it is revoked the peer says, at every call.
  const unchecked = { isRevoked: () => Promise.resolve(false) };
  const holder = await checkHolder(certificate, [issuer], unchecked, new Date()).catch((error: unknown) => {
    throw new ConfigError('signer.certFile', error instanceof Error ? error.message : 'is not accepted');
  });
  if (holder.role !== 'gateway')
    throw new ConfigError('signer.certFile', `has the role ${holder.role}, not gateway`);
  return {
    mspId: config.organisation.mspId,
    certificate,
    key: createPrivateKey(readText('signer.keyFile', config.signer.keyFile)),
    thumbprint: holder.thumbprint,
  };
}
