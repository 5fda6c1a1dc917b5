import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, type Gateway } from '@hyperledger/fabric-gateway';
import type { KeyObject } from 'node:crypto';
import { createSigner } from './signer.js';

/** The peer did not answer in time; the message names the endpoint. Exit code 69 (EX_UNAVAILABLE). */
export class UnreachablePeerError extends Error {
  override readonly name = 'UnreachablePeerError';
  constructor(readonly endpoint: string) {
    super(`peer ${endpoint} cannot be reached over TLS`);
  }
}

export interface Signatory {
  readonly mspId: string;
  /** PEM. */
  readonly certificate: string;
  /** Left out: the client signs what is prepared. */
  readonly key?: KeyObject;
  /** Names the certificate. */
  readonly thumbprint: string;
}

/** One gRPC channel to the own peer, shared by all identities. */
export interface FabricConnection {
  /** A session that signs as this identity; cached by its certificate. */
  session(signatory: Signatory): Gateway;
  /** @throws UnreachablePeerError */
  waitUntilReady(timeoutMs: number): Promise<void>;
  close(): void;
}

const MAX_SESSIONS = 2_000;
const deadline = (ms: number) => () => ({ deadline: Date.now() + ms });

export function openConnection(peer: { endpoint: string; tlsCa: Uint8Array }): FabricConnection {
  const client = new Client(peer.endpoint, credentials.createSsl(Buffer.from(peer.tlsCa)), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  const sessions = new Map<string, Gateway>();
  return {
    session(signatory) {
      const name = `${signatory.thumbprint}:${signatory.key === undefined ? 'client' : 'wallet'}`;
      const known = sessions.get(name);
      if (known !== undefined) return known;
      const gateway = connect({
        client,
        identity: { mspId: signatory.mspId, credentials: Buffer.from(signatory.certificate) },
        // The signer hashes itself; for a client's own key `getDigest` then gives the bytes to be signed.
        hash: hash.none,
        ...(signatory.key === undefined ? {} : { signer: createSigner(signatory.key) }),
        evaluateOptions: deadline(10_000),
        endorseOptions: deadline(30_000),
        submitOptions: deadline(10_000),
        commitStatusOptions: deadline(30_000),
      });
      const oldest = sessions.keys().next();
      if (sessions.size >= MAX_SESSIONS && oldest.done !== true) sessions.delete(oldest.value);
      sessions.set(name, gateway);
      return gateway;
    },
    waitUntilReady: (timeoutMs) =>
      new Promise((resolve, reject) => {
        client.waitForReady(Date.now() + timeoutMs, (error) => {
          if (error === undefined) resolve();
          else reject(new UnreachablePeerError(peer.endpoint));
        });
      }),
    close() {
      sessions.clear();
      client.close();
    },
  };
}
