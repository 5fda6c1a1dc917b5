import { request } from 'node:http';
import type { z } from 'zod';
import { CodedError } from '../coded-error.js';
import { PeerChange, PeerList, Refusal, type PeerReport } from './messages.js';
import { withShortPath } from './short-path.js';

/** The ledger that runs at that socket, as commands reach it. Every call: @throws CodedError NOT_RUNNING. */
export class ControlClient {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async peers(): Promise<PeerReport[]> {
    return (await this.#call('GET', '/peers', PeerList)).peers;
  }

  /** @throws CodedError PEER_UNKNOWN. */
  stop(peer: string): Promise<PeerChange> {
    return this.#call('POST', `/peers/${encodeURIComponent(peer)}/stop`, PeerChange);
  }

  /** @throws CodedError PEER_UNKNOWN, PORT_TAKEN. */
  start(peer: string): Promise<PeerChange> {
    return this.#call('POST', `/peers/${encodeURIComponent(peer)}/start`, PeerChange);
  }

  async #call<T>(method: string, path: string, shape: z.ZodType<T>): Promise<T> {
    const { status, body } = await withShortPath(this.#socket, (socketPath) =>
      send(socketPath, method, path),
    );
    if (status === 200) return shape.parse(body);
    const { code, message, hint } = Refusal.parse(body);
    throw new CodedError(code, message, { hint });
  }
}

function send(socketPath: string, method: string, path: string): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, agent: false, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer within 30 s')));
    call.on('error', (cause) => {
      reject(
        new CodedError('NOT_RUNNING', `the ledger does not answer at ${socketPath}: ${cause.message}`, {
          hint: 'Start it: medaccord up',
          cause,
        }),
      );
    });
    call.end();
  });
}
