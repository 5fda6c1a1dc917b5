import { randomUUID } from 'node:crypto';
import express, { type Express, type Request, type Response } from 'express';
import { authenticate, type Authenticated } from '../auth/index.js';
import { Problem } from '../errors.js';
import type { Route } from './api-document.js';
import { createBodyReader } from './body.js';
import type { HttpParts, TransportOperation } from './context.js';
import { clientCertificate, credentialsOf } from './credentials.js';
import { serveDocs } from './docs.js';
import { LargeBodies, expectedBytes } from './large-bodies.js';
import { ConcurrencyLimiter, RateLimiter } from './limits.js';
import { sendProblem } from './send.js';
import { createTransportRoutes } from './transport-routes.js';
import { createUseCaseRoute } from './use-case-route.js';
import { createValidators } from './validation.js';

/** Attempts to log in from one address in a minute. */
const LOGINS_PER_MINUTE = 1_200;
/** Always answered, also when there is too much to do. */
const UNLIMITED = new Set(['getHealth', 'getReadiness', 'getMetrics', 'getOpenapi']);

export interface HttpApp {
  readonly app: Express;
  /** Resolves when what is worked on now, also behind a 202, has ended. */
  drain(): Promise<void>;
}

/** Every request goes the same way: limits, sender, role, size, shape, then its handler. */
export function createApp(parts: HttpParts): HttpApp {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  const transport = createTransportRoutes(parts);
  const validators = createValidators(parts.document);
  const limits = {
    concurrency: new ConcurrencyLimiter(parts.limits.concurrent),
    callers: new RateLimiter(parts.limits.requestsPerMinute),
    large: new LargeBodies(parts.limits.bodyBytes),
    logins: new RateLimiter(Math.min(LOGINS_PER_MINUTE, parts.limits.requestsPerMinute)),
  };
  const working = new Set<Promise<void>>();

  const serve = (route: Route) => {
    const maxBytes = route.maxBytes ?? parts.limits.bodyBytes;
    const readBody = createBodyReader(maxBytes);
    const validate = validators.get(route);
    const useCase = route.id in transport ? undefined : createUseCaseRoute(parts, route);
    const work = async (
      request: Request,
      response: Response,
      requestId: string,
      hold: (give: () => void) => void,
    ): Promise<void> => {
      if (route.isPublic) limitPublic(limits.logins, route, request);
      const authenticated = route.isPublic ? undefined : await admit(parts, route, request);
      if (authenticated !== undefined) limits.callers.take(authenticated.caller.subject);
      if (authenticated !== undefined) await requireApproval(parts, route, authenticated);
      hold(limits.large.take(authenticated?.caller.subject ?? '', expectedBytes(request.headers, maxBytes)));
      const body = route.method === 'get' ? undefined : await readBody(request, response);
      const raw = {
        path: request.params as Record<string, string>,
        query: request.query as Record<string, unknown>,
        headers: request.headers,
        body,
      };
      const valid = validate?.(raw) ?? { path: {}, query: {}, body };
      if (useCase === undefined) {
        await transport[route.id as TransportOperation](request, response, valid, authenticated);
      } else if (authenticated !== undefined) {
        await useCase(request, response, valid, withCertificate(authenticated, request), requestId);
      }
    };
    return async (request: Request, response: Response): Promise<void> => {
      const started = performance.now();
      const requestId = requestIdOf(response);
      const counted = !route.isStream && !UNLIMITED.has(route.id);
      let leave: (() => void) | undefined;
      let giveBack: (() => void) | undefined;
      let status: number | undefined;
      try {
        if (counted) leave = limits.concurrency.enter();
        parts.metrics.active(limits.concurrency.active);
        await work(request, response, requestId, (give) => (giveBack = give));
      } catch (error) {
        const problem = sendProblem(response, error, requestId);
        status = problem.status;
        if (problem.code === 'RATE_LIMITED' || problem.code === 'OVERLOADED')
          parts.metrics.shed(problem.code);
        if (problem.status >= 500) {
          parts.log.error(
            { err: error, requestId, operation: route.id, code: problem.code },
            'request failed',
          );
        }
      } finally {
        leave?.();
        giveBack?.();
        parts.metrics.active(limits.concurrency.active);
        const seconds = (performance.now() - started) / 1_000;
        parts.metrics.request(route.id, status ?? response.statusCode, seconds);
        parts.log.debug(
          { requestId, operation: route.id, status: status ?? response.statusCode, seconds },
          'answered',
        );
      }
    };
  };

  app.use((_request, response, next) => {
    response.set({
      'x-request-id': randomUUID(),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000',
    });
    next();
  });
  for (const route of specificFirst(parts.document.routes)) {
    const handle = serve(route);
    app[route.method](route.path, (request, response) => {
      const running = handle(request, response).finally(() => working.delete(running));
      working.add(running);
    });
  }
  serveDocs(app, parts.document);
  app.use((request: Request, response: Response) => {
    sendProblem(response, unknownRoute(parts, request, response), requestIdOf(response));
  });
  app.use((error: unknown, _request: Request, response: Response, next: () => void) => {
    if (response.headersSent) {
      next();
      return;
    }
    // Express itself fails on a path that is not valid percent-encoding.
    const isBadPath = error instanceof URIError;
    if (!isBadPath) parts.log.error({ err: error, requestId: requestIdOf(response) }, 'transport failed');
    const problem = isBadPath ? new Problem('REQUEST_INVALID', 'the path is malformed') : error;
    sendProblem(response, problem, requestIdOf(response));
  });
  return {
    app,
    async drain() {
      await Promise.allSettled(working);
    },
  };
}

function requestIdOf(response: Response): string {
  return String(response.getHeader('x-request-id'));
}

/** `/v1/consents/prepare` before `/v1/consents/:id`. */
function specificFirst(routes: readonly Route[]): Route[] {
  const parameters = ({ path }: Route) => path.split(':').length;
  return routes.toSorted((a, b) => parameters(a) - parameters(b));
}

function limitPublic(logins: RateLimiter, route: Route, request: Request): void {
  if (!UNLIMITED.has(route.id)) logins.take(request.socket.remoteAddress ?? '');
}

async function admit(parts: HttpParts, route: Route, request: Request): Promise<Authenticated> {
  const authenticated = await authenticate(parts.auth, credentialsOf(request, parts.origin()));
  const { role } = authenticated.caller;
  if (route.roles.length > 0 && !route.roles.includes(role)) {
    throw new Problem('FORBIDDEN', `this is for: ${route.roles.join(', ')}`);
  }
  if (route.kinds.length > 0 && !route.kinds.includes(parts.organisation.kind)) {
    throw new Problem('FORBIDDEN', `this is for organisations of kind: ${route.kinds.join(', ')}`);
  }
  return authenticated;
}

/**
 * What is only read passes no contract that asks for an approval: lists, and what the gateway asks the ledger for
 * somebody else. Operations that name no roles are for everybody who is logged in.
 */
async function requireApproval(
  { approved }: HttpParts,
  { method, idempotency, roles }: Route,
  { caller }: Authenticated,
): Promise<void> {
  const reads = method === 'get' || idempotency !== 'replay';
  if (!reads || roles.length === 0 || (await approved(caller))) return;
  throw new Problem('PRACTITIONER_NOT_APPROVED', 'not an approved practitioner of this organisation');
}

/** The certificate of the connection is shown to use cases where it is the caller's own. */
function withCertificate({ caller }: Authenticated, request: Request): Authenticated['caller'] {
  if (caller.certificate !== undefined || caller.binding !== 'mutual-tls') return caller;
  const der = clientCertificate(request);
  if (der === undefined) return caller;
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    ...caller,
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}

function unknownRoute(parts: HttpParts, request: Request, response: Response): Problem {
  const methods = parts.document.routes
    .filter(({ path }) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`).test(request.path))
    .map(({ method }) => method.toUpperCase());
  if (methods.length === 0) return new Problem('ROUTE_UNKNOWN', 'there is nothing at this address');
  response.set('allow', methods.join(', '));
  return new Problem('METHOD_NOT_ALLOWED', `this address takes ${methods.join(', ')}`);
}
