import { readText, type GatewayConfig } from './config.js';
import { SERVICE_SCHEMA, type Database } from './database/index.js';
import {
  depositHolder,
  exchangeClient,
  recordHolder,
  releaseLog,
  revokedSerials,
  startExchange,
} from './exchange/index.js';
import type { Logger } from 'pino';
import type { Ledger } from './ports.js';
import { committedAccess, committedAnchor, type RunningReadModel } from './read-model/index.js';
import { recordUseCases } from './use-cases/records/index.js';
import { batchLeaves, openFileBlocks, recordStore, sealer } from './vault/index.js';

/** Records of this organisation, and its dealings with other organisations' gateways. */
export async function openRecords(
  config: GatewayConfig,
  parts: { database: Database; deferred: Database; ledger: Ledger; readModel: RunningReadModel; log: Logger },
) {
  const { database, deferred, ledger, readModel, log } = parts;
  const organisation = config.organisation.name;
  const records = recordStore({
    database,
    deferred,
    schema: SERVICE_SCHEMA,
    blocks: await openFileBlocks(config.vaultDir),
    sealer: sealer(config.secrets.vaultKey),
  });
  const organisations = config.organisations.map(({ name, domain, tlsCaFile, tlsCrlFile, exchangeUrl }) => {
    const tlsCa = readText('organisations.tlsCaFile', tlsCaFile);
    const revoked = tlsCrlFile === undefined ? undefined : revokedSerials(tlsCrlFile, tlsCa);
    return { name, domain, exchangeUrl, tlsCa, ...(revoked && { revoked }) };
  });
  const certificate = readText('exchange.certFile', config.exchange.certFile);
  const key = readText('exchange.keyFile', config.exchange.keyFile);
  const client = exchangeClient({ certificate, key, organisations });
  const { tables, follower } = readModel;
  const holders = {
    records: recordHolder({
      organisation,
      ledger,
      records,
      releases: releaseLog(database, SERVICE_SCHEMA),
      committed: committedAccess(tables, follower),
    }),
    deposits: depositHolder({ organisation, ledger, records, anchored: committedAnchor(tables, follower) }),
  };
  const server = await startExchange({
    host: config.rest.host,
    port: config.exchange.port,
    certificate,
    key,
    organisations,
    holders,
    log: (fields) => {
      log.info({ exchange: fields }, 'exchange answered');
    },
  });
  return {
    store: records,
    useCases: recordUseCases({
      organisation,
      channel: config.channel,
      ledger,
      readModel: readModel.lists,
      records,
      batchLeaves: batchLeaves(database, SERVICE_SCHEMA, deferred),
      exchange: client,
    }),
    port: server.port,
    async close(): Promise<void> {
      client.close();
      await server.close();
    },
  };
}
