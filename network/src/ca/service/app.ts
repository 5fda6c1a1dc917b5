import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import type { z } from 'zod';
import { CaError } from '../ca-error.js';
import type { CertificateAuthority } from '../certificate-authority.js';
import { verifyToken, type TokenCaller } from '../token.js';
import { enroll, reenroll } from './enrolment.js';
import { EnrollRequest, GenCrlRequest, readBody, RegisterRequest, RevokeRequest } from './messages.js';
import { cainfo, gencrl, identities, identity, register, revoke } from './operations.js';

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

  const route = (path: string, methods: Partial<Record<'get' | 'post', Handler>>, success = 200) => {
    app.all(`/api/v1/${path}`, async (request, response) => {
      const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
      const handler = method === 'get' || method === 'post' ? methods[method] : undefined;
      if (handler === undefined) {
        throw new CaError('METHOD_NOT_ALLOWED', `Method ${request.method} is not allowed`);
      }
      checkName(authority, request);
      const result = await handler(request, response);
      response.status(success).json(envelope(result));
      log({ ...logged(request, response), status: success });
    });
  };
  const byToken =
    <T>(schema: z.ZodType<T>, work: (caller: TokenCaller, input: T) => unknown): Handler =>
    (request, response) => {
      const caller = callerOf(authority, request, response);
      const input = readBody(schema, bodyOf(request));
      checkName(authority, request, input);
      return work(caller, input);
    };

  route('cainfo', { get: () => cainfo(authority), post: () => cainfo(authority) });
  route(
    'register',
    { post: byToken(RegisterRequest, (caller, input) => register(authority, caller, input)) },
    201,
  );
  route(
    'reenroll',
    { post: byToken(EnrollRequest, (caller, input) => reenroll(authority, caller, input)) },
    201,
  );
  route('revoke', { post: byToken(RevokeRequest, (caller, input) => revoke(authority, caller, input)) });
  route('gencrl', { post: byToken(GenCrlRequest, (caller, input) => gencrl(authority, caller, input)) });
  route(
    'enroll',
    {
      post: (request, response) => {
        const credentials = basicCredentials(request.get('authorization'));
        response.locals['caller'] = credentials.id;
        const input = readBody(EnrollRequest, bodyOf(request));
        checkName(authority, request, input);
        return enroll(authority, credentials, input);
      },
    },
    201,
  );
  route('identities', {
    get: (request, response) => identities(authority, callerOf(authority, request, response)),
  });
  route('identities/:id', {
    get: (request, response) =>
      identity(authority, callerOf(authority, request, response), String(request.params['id'])),
  });

  app.use((request: Request, response: Response) => {
    response.status(404).json(envelope('', { code: 0, message: 'There is no such endpoint' }));
    log({ ...logged(request, response), status: 404 });
  });
  app.use(answerError(log));
  return app;
}

type Handler = (request: Request, response: Response) => unknown;

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
  const inBody = (body as { caname?: string | null } | undefined)?.caname;
  for (const name of [request.query['ca'], inBody]) {
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
