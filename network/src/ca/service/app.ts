import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { CaError } from '../ca-error.js';
import type { CertificateAuthority } from '../certificate-authority.js';
import { verifyToken, type TokenCaller } from '../token.js';
import { readBody } from './messages.js';
import { ROUTES, type CaCall, type CaEndpoint } from './routes.js';

/** One line for the log: who asked for what, and how it ended. No secret, token or body. */
export interface CaRequestLog {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly caller?: string;
  /** The reason inside, which the caller may not be told. */
  readonly reason?: string;
}

const MAX_BODY = '128kb';

/** Fabric CA's REST API, version 1, of one authority. */
export function createCaApp(authority: CertificateAuthority, log: (entry: CaRequestLog) => void): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // The token signs the bytes as they came: nothing is parsed before.
  app.use(express.raw({ type: () => true, limit: MAX_BODY, inflate: false }));

  for (const [path, methods] of Object.entries(ROUTES)) {
    // Fabric CA's Node client takes the long path, its own command the short one.
    app.all([`/api/v1/${path}`, `/${path}`], async (request, response) => {
      const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
      const endpoint = (methods as Readonly<Record<string, CaEndpoint | undefined>>)[method];
      if (endpoint === undefined) {
        throw new CaError('METHOD_NOT_ALLOWED', `Method ${request.method} is not allowed`);
      }
      checkName(authority, request);
      const result = await endpoint.work(callOf(authority, request, response));
      response.status(endpoint.status).json(envelope(result));
      log({ ...logged(request, response), status: endpoint.status });
    });
  }

  app.use((request: Request, response: Response) => {
    response.status(404).json(envelope('', { code: 0, message: 'There is no such endpoint' }));
    log({ ...logged(request, response), status: 404 });
  });
  app.use(answerError(log));
  return app;
}

function callOf(authority: CertificateAuthority, request: Request, response: Response): CaCall {
  return {
    authority,
    id: String(request.params['id'] ?? ''),
    query: request.query,
    caller: () => callerOf(authority, request, response),
    credentials: () => {
      const credentials = basicCredentials(request.get('authorization'));
      response.locals['caller'] = credentials.id;
      return credentials;
    },
    body: (schema) => {
      const input = readBody(schema, bodyOf(request));
      checkName(authority, request, input);
      return input;
    },
  };
}

function envelope(result: unknown, error?: { code: number; message: string }) {
  return { result, errors: error === undefined ? [] : [error], messages: [], success: error === undefined };
}

function answerError(log: (entry: CaRequestLog) => void): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = error instanceof CaError ? error : undefined;
    // Of the body parser's own errors (too large, cut off) only the status is told.
    const status = known?.status ?? clientStatus(error) ?? 500;
    const remote = known?.remote ?? {
      code: status === 500 ? 0 : 3,
      message: status === 500 ? 'Internal error' : 'The request body cannot be read',
    };
    response.status(status).json(envelope('', remote));
    const reason = known?.message ?? (error instanceof Error ? error.message : String(error));
    log({ ...logged(request, response), status, reason });
  };
}

function clientStatus(error: unknown): number | undefined {
  const status = (error as { status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function logged(request: Request, response: Response) {
  const caller = response.locals['caller'] as string | undefined;
  return { method: request.method, path: request.path, caller };
}

function bodyOf(request: Request): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
}

function callerOf(authority: CertificateAuthority, request: Request, response: Response): TokenCaller {
  const signed = { method: request.method, uri: request.originalUrl, body: bodyOf(request) };
  const caller = verifyToken(authority, signed, request.get('authorization'));
  response.locals['caller'] = caller.identity.id;
  return caller;
}

/** One process serves one authority: a request for another by name is refused, as Fabric CA does. */
function checkName(authority: CertificateAuthority, request: Request, body?: unknown): void {
  const { caname, CAName } = (body ?? {}) as { caname?: string | null; CAName?: string | null };
  for (const name of [request.query['ca'], caname, CAName]) {
    if (name === undefined || name === null || name === '' || name === authority.name) continue;
    throw new CaError('CA_NOT_FOUND', `CA '${String(name)}' does not exist`);
  }
}

/** @throws CaError NO_AUTHORIZATION_HEADER, NO_USER_PASSWORD */
function basicCredentials(header: string | undefined): { id: string; secret: string } {
  if (header === undefined) throw new CaError('NO_AUTHORIZATION_HEADER', 'No authorization header');
  const match = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header);
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw new CaError('NO_USER_PASSWORD', 'No user/pass in authorization header');
  return { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}
