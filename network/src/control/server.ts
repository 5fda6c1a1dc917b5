import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { CodedError } from '../coded-error.js';
import type { PeerControl, ProcessControl } from './messages.js';
import { withShortPath } from './short-path.js';

export interface ControlServer {
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

/** Serves the control of a running ledger's peers. @param socket As for all control. */
export function serveControl(socket: string, control: PeerControl): Promise<ControlServer> {
  return serve(socket, (request) => answerPeers(request, control));
}

/** Serves the control of a consortium's processes. @param socket As for all control. */
export function serveProcessControl(socket: string, control: ProcessControl): Promise<ControlServer> {
  return serve(socket, (request, response) => answerProcesses(request, response, control));
}

/**
 * Control is served on a Unix socket that its owner alone can open: never on a port.
 * @param socket Absolute; what a former process left there is replaced.
 */
async function serve(socket: string, answer: Answer): Promise<ControlServer> {
  mkdirSync(dirname(socket), { recursive: true });
  rmSync(socket, { force: true });
  const server = createServer((request, response) => {
    answer(request, response).then(
      (body) => reply(response, 200, body),
      (error: unknown) => refuse(response, error),
    );
  });
  // Who holds a process sends the end of its request when it is done.
  server.requestTimeout = 0;
  await withShortPath(socket, (path) => listen(server, path));
  chmodSync(socket, 0o600);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      rmSync(socket, { force: true });
    },
  };
}

/** The socket is made with this mask: nobody else can open it in the moment before its mode is set. */
async function listen(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await once(server, 'listening');
}

async function answerPeers({ method, url = '' }: IncomingMessage, control: PeerControl): Promise<unknown> {
  if (method === 'GET' && url === '/peers') return { peers: control.list() };
  const [, name, action] = /^\/peers\/([^/]+)\/(stop|start)$/.exec(url) ?? [];
  if (method === 'POST' && name !== undefined) {
    const peer = decodeURIComponent(name);
    return action === 'stop' ? control.stop(peer) : control.start(peer);
  }
  throw unknown(method, url);
}

async function answerProcesses(
  request: IncomingMessage,
  response: ServerResponse,
  control: ProcessControl,
): Promise<unknown> {
  const { method, url = '' } = request;
  if (method === 'POST' && url === '/follow') return { done: await control.follow() };
  const [, name, action] = /^\/processes\/([^/]+)\/(restart|hold)$/.exec(url) ?? [];
  if (method !== 'POST' || name === undefined) throw unknown(method, url);
  const process = decodeURIComponent(name);
  if (action === 'restart') await control.restart(process);
  else await control.hold(process, () => untilReleased(request, response));
  return {};
}

/** Tells that the process is stopped, and waits until the request ends: with its sender's life at the latest. */
async function untilReleased(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const released = new Promise<void>((resolve) => {
    request.once('end', resolve);
    request.once('close', resolve);
  });
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  request.resume();
  await released;
}

function unknown(method: string | undefined, url: string): CodedError {
  return new CodedError('CONTROL_UNKNOWN', `nobody here knows ${String(method)} ${url}`);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof CodedError) {
    const { code, message, hint } = error;
    reply(response, 409, { code, message, hint });
  } else {
    reply(response, 500, { code: 'FAILED', message: error instanceof Error ? error.message : String(error) });
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
