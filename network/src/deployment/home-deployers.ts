import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, signers, type Gateway } from '@hyperledger/fabric-gateway';
import { organisationPaths } from '../home/index.js';
import type { Organisation } from '../topology/index.js';
import type { Deployer } from './deploy.js';
import { LifecycleClient } from './lifecycle-client.js';

/** Deployers with the connections behind them. */
export interface HomeDeployers {
  readonly deployers: readonly Deployer[];
  close(): void;
}

/** The organisations of a home folder, each by its admin, at each of its peers. */
export function homeDeployers(
  home: string,
  channel: string,
  organisations: readonly Organisation[],
): HomeDeployers {
  const open: { gateway: Gateway; client: Client }[] = [];
  const deployers = organisations.map((organisation) => ({
    name: organisation.name,
    mspId: organisation.mspId,
    peers: organisation.peers.map(({ name, port }) => {
      const connection = connectTo(home, organisation, port);
      open.push(connection);
      return {
        name,
        client: new LifecycleClient(connection.gateway.getNetwork(channel), organisation.mspId),
      };
    }),
  }));
  return {
    deployers,
    close() {
      for (const { gateway, client } of open) {
        gateway.close();
        client.close();
      }
    },
  };
}

function connectTo(home: string, organisation: Organisation, port: number) {
  const paths = organisationPaths(home, organisation);
  const admin = paths.user('Admin');
  const tls = credentials.createSsl(readFileSync(paths.tlsCa.certificate));
  const client = new Client(`localhost:${String(port)}`, tls);
  const gateway = connect({
    client,
    identity: { mspId: organisation.mspId, credentials: readFileSync(admin.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(admin.privateKey))),
    hash: (message) => createHash('sha256').update(message).digest(),
    evaluateOptions: () => ({ deadline: Date.now() + 15_000 }),
    endorseOptions: () => ({ deadline: Date.now() + 15_000 }),
    submitOptions: () => ({ deadline: Date.now() + 10_000 }),
    commitStatusOptions: () => ({ deadline: Date.now() + 30_000 }),
  });
  return { gateway, client };
}
