import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { ERROR_CODES } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import { ExchangeError } from './exchange-error.js';
import { organisationOf, type ExchangeOrganisation } from './peer-organisation.js';
import { exchangeRoutes, type ExchangeRoute, type Holders } from './exchange-routes.js';

export interface ExchangeServerOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly organisations: readonly ExchangeOrganisation[];
  readonly holders: Holders;
  /** Told of every answer: who asked for what, and the code of a refusal. Nothing of the request's content. */
  readonly log: (fields: { organisation?: string; path: string; status: number; code?: string }) => void;
}
export interface ExchangeServer {
  readonly port: number;
  /** Ends when the requests under way are answered. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 128;
const MAX_REQUESTS = 32;
/** Longest that a request under way holds up the end. */
const CLOSE_MS = 5_000;

/** Listens for other organisations' gateways; every one of them shows a client certificate. */
export async function startExchange(options: ExchangeServerOptions): Promise<ExchangeServer> {
  const server = createServer({
    cert: options.certificate,
    key: options.key,
    ca: options.organisations.map(({ tlsCa }) => tlsCa),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  server.keepAliveTimeout = 15_000;
  const routes = exchangeRoutes(options.holders);
  let open = 0;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    open++;
    void answer(options, routes, request, response, open > MAX_REQUESTS).finally(() => open--);
  });
  server.listen(options.port, options.host ?? 'localhost');
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const patience = setTimeout(() => {
    server.closeAllConnections();
  }, CLOSE_MS);
  await closed;
  clearTimeout(patience);
}

async function answer(
  options: ExchangeServerOptions,
  routes: readonly ExchangeRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  busy: boolean,
): Promise<void> {
  const route = routes.find(({ path }) => request.url === path);
  const path = route?.path ?? 'other';
  const from: { organisation?: string } = {};
  try {
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
    const shown = certificate && new X509Certificate(certificate.raw);
    from.organisation = await organisationOf(shown, options.organisations);
    if (busy) throw new ExchangeError('BUSY', 'too many requests at once');
    if (request.method !== 'POST' || route === undefined) {
      throw new ExchangeError('ROUTE_UNKNOWN', 'there is no such request');
    }
    const body = await answerRoute(route, from.organisation, request);
    send(response, 200, body);
    options.log({ ...from, path, status: 200 });
  } catch (error) {
    const { status, code, detail } = refusalOf(error);
    send(response, status, { code, detail });
    options.log({ ...from, path, status, code });
  }
}

async function answerRoute(
  route: ExchangeRoute,
  organisation: string,
  request: IncomingMessage,
): Promise<object> {
  const leave = route.enter();
  try {
    return await route.answer(organisation, await readBody(request, route.maxBytes));
  } finally {
    leave();
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const tooLarge = () => new ExchangeError('TOO_LARGE', `at most ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ExchangeError('REQUEST_MALFORMED', 'the request is no JSON');
  }
}

/** A contract's refusal goes out as it is; anything unforeseen says nothing of the inside. */
function refusalOf(error: unknown): { status: number; code: string; detail: string } {
  if (error instanceof ExchangeError)
    return { status: error.status, code: error.code, detail: error.message };
  if (error instanceof Problem) {
    const known = ERROR_CODES.find((code) => code === error.code);
    if (known !== undefined) return refusalOf(new ExchangeError(known, error.message));
    return { status: 503, code: error.code, detail: 'the custodian cannot decide now' };
  }
  return { status: 500, code: 'HOLDER_FAILED', detail: 'the custodian failed' };
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(bytes);
}
