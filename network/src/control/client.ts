import { request } from 'node:http';
import { z } from 'zod';
import { CodedError } from '../coded-error.js';
import { PeerChange, PeerList, Refusal, type PeerReport, type ProcessControl } from './messages.js';
import { withShortPath } from './short-path.js';

/** A stop with its grace, and a start. */
const RESTART_MS = 120_000;
/** Processes that start, one after the other, and a chaincode's life cycle. */
const FOLLOW_MS = 600_000;
const Followed = z.object({ done: z.array(z.string()) });

/** The ledger that runs at that socket, as commands reach it. Every call: @throws CodedError NOT_RUNNING. */
export class ControlClient {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async peers(): Promise<PeerReport[]> {
    return (await call(this.#socket, 'GET', '/peers', PeerList)).peers;
  }

  /** @throws CodedError PEER_UNKNOWN. */
  stop(peer: string): Promise<PeerChange> {
    return call(this.#socket, 'POST', `/peers/${encodeURIComponent(peer)}/stop`, PeerChange);
  }

  /** @throws CodedError PEER_UNKNOWN, PORT_TAKEN. */
  start(peer: string): Promise<PeerChange> {
    return call(this.#socket, 'POST', `/peers/${encodeURIComponent(peer)}/start`, PeerChange);
  }
}

/** The supervisor at that socket. */
export class ProcessControlClient implements ProcessControl {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async follow(): Promise<readonly string[]> {
    return (await call(this.#socket, 'POST', '/follow', Followed, FOLLOW_MS)).done;
  }

  /** @throws CodedError also NOT_RUNNING. */
  async restart(name: string): Promise<void> {
    await call(
      this.#socket,
      'POST',
      `/processes/${encodeURIComponent(name)}/restart`,
      z.object({}),
      RESTART_MS,
    );
  }
}

async function call<T>(
  socket: string,
  method: string,
  path: string,
  shape: z.ZodType<T>,
  timeoutMs = 30_000,
): Promise<T> {
  const { status, body } = await withShortPath(socket, (socketPath) =>
    send(socketPath, method, path, timeoutMs),
  );
  if (status === 200) return shape.parse(body);
  const { code, message, hint } = Refusal.parse(body);
  throw new CodedError(code, message, { hint });
}

function send(
  socketPath: string,
  method: string,
  path: string,
  timeout: number,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, agent: false, timeout }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    sent.on('error', (cause) => {
      reject(
        new CodedError('NOT_RUNNING', `nobody answers at ${socketPath}: ${cause.message}`, {
          hint: 'Start it: medaccord up',
          cause,
        }),
      );
    });
    sent.end();
  });
}
