import { holderOf, login } from '../auth/index.js';
import { Problem } from '../errors.js';
import type { HttpParts, TransportHandler, TransportOperation } from './context.js';
import { credentialsOf } from './credentials.js';
import { createEventRoute } from './event-route.js';
import { ownerOf } from './runs.js';
import { sendAnswer } from './send.js';

interface LoginBody {
  challenge?: string;
  certificate?: string;
  signature?: string;
}

/** The operations that are about the connection itself. */
export function createTransportRoutes(
  parts: HttpParts,
): Readonly<Record<TransportOperation, TransportHandler>> {
  return {
    async createChallenge(_request, response, { body }) {
      const { certificate, subject } = body as { certificate?: string; subject?: string };
      // With a subject alone nothing is looked up: the answer does not tell who is known here.
      const name =
        certificate === undefined ? (subject ?? '') : (await holderOf(parts.auth, certificate)).subject;
      const { challenge, expiresAt } = await parts.auth.tokens.challenge(name);
      sendAnswer(response, {
        status: 201,
        body: { challenge, expiresAt: expiresAt.toISOString() },
        headers: {},
      });
    },
    async createToken(request, response, { body }) {
      const { challenge, certificate, signature } = body as LoginBody;
      const { method, url, proof, clientCertificate } = credentialsOf(request, parts.origin());
      const issued = await login(parts.auth, {
        method,
        url,
        proof,
        clientCertificate,
        challenge,
        certificate,
        signature,
      });
      sendAnswer(response, { status: 201, body: issued, headers: {} });
    },
    revokeToken(_request, response, _valid, authenticated) {
      const token = authenticated?.token;
      if (token === undefined) throw new Problem('REQUEST_INVALID', 'this request came without a token');
      parts.auth.tokens.revoke(token);
      sendAnswer(response, { status: 204, body: undefined, headers: {} });
      return Promise.resolve();
    },
    async getOperation(_request, response, { path }, authenticated) {
      const id = String(path['id']);
      const owner = authenticated === undefined ? '' : ownerOf(authenticated.caller);
      const found = await parts.idempotency.find(id, owner);
      if (found === undefined) throw new Problem('NOT_FOUND', 'no such operation of yours');
      const { status, answer } = found;
      const body = { id, status, ...(answer && { answer: { status: answer.status, body: answer.body } }) };
      sendAnswer(response, {
        status: 200,
        body,
        headers: status === 'running' ? { 'retry-after': '1' } : {},
      });
    },
    streamEvents: createEventRoute(parts),
    getHealth(_request, response) {
      const body = { status: 'ok', organisation: parts.organisation.name };
      sendAnswer(response, { status: 200, body, headers: {} });
      return Promise.resolve();
    },
    async getReadiness(_request, response) {
      const { ready, parts: states, block } = await parts.readiness();
      const body = {
        status: ready ? 'ok' : 'unavailable',
        organisation: parts.organisation.name,
        parts: states,
        ...(block === undefined ? {} : { block }),
      };
      sendAnswer(response, { status: ready ? 200 : 503, body, headers: {} });
    },
    async getMetrics(_request, response) {
      response.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics());
    },
    getOpenapi(_request, response) {
      sendAnswer(response, { status: 200, body: parts.document.json, headers: {} });
      return Promise.resolve();
    },
  };
}
