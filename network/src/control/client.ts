import { request, type ClientRequest, type IncomingMessage } from 'node:http';
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

  /** @throws CodedError also NOT_RUNNING; and what `meanwhile` throws. */
  hold(name: string, meanwhile: () => Promise<void>): Promise<void> {
    return withShortPath(this.#socket, async (socketPath) => {
      const path = `/processes/${encodeURIComponent(name)}/hold`;
      const sent = request({ socketPath, method: 'POST', path, agent: false });
      const response = await answerOf(sent, socketPath);
      try {
        if (response.statusCode === 200) await meanwhile();
      } finally {
        sent.end();
      }
      const end = HoldEnd.parse(JSON.parse(await textOf(response)));
      if ('code' in end) throw new CodedError(end.code, end.message, { hint: end.hint });
    });
  }
}

function answerOf(sent: ClientRequest, socketPath: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', (cause) => reject(notRunning(socketPath, cause)));
    sent.flushHeaders();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

function notRunning(socketPath: string, cause: Error): CodedError {
  return new CodedError('NOT_RUNNING', `nobody answers at ${socketPath}: ${cause.message}`, {
    hint: 'Start it: medaccord up',
    cause,
  });
}

/** Empty where all went well; a refusal where the process does not come back. */
const HoldEnd = z.union([Refusal, z.object({})]);

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
    sent.on('error', (cause) => reject(notRunning(socketPath, cause)));
    sent.end();
  });
}
