import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { credentials, Client as GrpcClient } from '@grpc/grpc-js';
import type { Gateway } from '@hyperledger/fabric-gateway';
import { connect, signers } from '@hyperledger/fabric-gateway';
import { organisationPaths } from './home/index.js';
import type { Organisation } from './topology/index.js';

export interface AdminGateway {
  readonly gateway: Gateway;
  close(): void;
}

/**
 * The ledger as one organisation's admin reaches it, at one of the organisation's peers.
 * @param evaluateMs How long a question may take.
 */
export function openAdminGateway(
  home: string,
  organisation: Organisation,
  peer: Organisation['peers'][number] | undefined = organisation.peers[0],
  evaluateMs = 10_000,
): AdminGateway {
  const paths = organisationPaths(home, organisation);
  const admin = paths.user('Admin');
  const tls = credentials.createSsl(readFileSync(paths.tlsCa.certificate));
  const client = new GrpcClient(`localhost:${peer?.port ?? 0}`, tls);
  const gateway = connect({
    client,
    identity: { mspId: organisation.mspId, credentials: readFileSync(admin.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(admin.privateKey))),
    hash: (message) => createHash('sha256').update(message).digest(),
    evaluateOptions: () => ({ deadline: Date.now() + evaluateMs }),
    endorseOptions: () => ({ deadline: Date.now() + 15_000 }),
    submitOptions: () => ({ deadline: Date.now() + 10_000 }),
    commitStatusOptions: () => ({ deadline: Date.now() + 30_000 }),
  });
  return {
    gateway,
    close: () => {
      gateway.close();
      client.close();
    },
  };
}
