import type { Response } from 'express';
import type { StoredAnswer } from '../ports.js';
import { problemBody, type ProblemBody } from './problem.js';

/** Writes an answer, unless the client has gone. */
export function sendAnswer(response: Response, answer: StoredAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.status(answer.status).set(answer.headers);
  if (answer.body === undefined) response.end();
  else response.json(answer.body);
}

export function sendProblem(response: Response, error: unknown, requestId: string): ProblemBody {
  const body = problemBody(error, requestId);
  if (response.headersSent || response.destroyed) return body;
  sendAnswer(response, problemAnswer(body));
  return body;
}

export function problemAnswer(body: ProblemBody): StoredAnswer {
  return {
    status: body.status,
    body,
    headers: {
      'content-type': 'application/problem+json',
      ...(body.retryAfter === undefined ? {} : { 'retry-after': String(body.retryAfter) }),
      ...(body.status === 401 ? { 'www-authenticate': 'DPoP algs="ES256", Bearer' } : {}),
    },
  };
}
