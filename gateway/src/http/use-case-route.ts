import type { Request, Response } from 'express';
import { Problem } from '../errors.js';
import type { Call, Run } from '../operation.js';
import type { Caller, StoredAnswer } from '../ports.js';
import type { Route } from './api-document.js';
import type { HttpParts, UseCaseOperation } from './context.js';
import { singleHeader } from './credentials.js';
import { problemBody } from './problem.js';
import { ownerOf, parseIfMatch, requestHash } from './runs.js';
import { problemAnswer, sendAnswer } from './send.js';
import type { ValidRequest } from './validation.js';

interface Answered {
  status: number;
  body: unknown;
  etag?: string;
  location?: string;
}

/** Runs the handler of one operation, under its idempotency key where it changes something. */
export function createUseCaseRoute(parts: HttpParts, route: Route) {
  const handler = parts.handlers[route.id as UseCaseOperation] as unknown as (
    call: Call,
  ) => Promise<Answered>;

  const perform = async (
    request: ValidRequest,
    caller: Caller,
    requestId: string,
    raw: Request,
    run: Run,
  ) => {
    const call = {
      caller,
      path: request.path,
      query: request.query,
      // No body and an empty one say the same.
      body: request.body ?? {},
      requestId,
      ifMatch: parseIfMatch(singleHeader(raw, 'if-match')),
      run,
    } as unknown as Call;
    return storable(await handler(call));
  };

  return async (
    raw: Request,
    response: Response,
    request: ValidRequest,
    caller: Caller,
    requestId: string,
  ): Promise<void> => {
    if (route.method === 'get' || route.idempotency === 'none') {
      sendAnswer(response, await perform(request, caller, requestId, raw, parts.runs.unkeyed()));
      return;
    }
    const run = parts.runs.keyed(caller, singleHeader(raw, 'idempotency-key') ?? '');
    const begun = await parts.idempotency.begin({
      id: run.id,
      owner: ownerOf(caller),
      operation: route.id,
      requestHash: requestHash(raw.method, raw.path, request.body),
    });
    if (begun.state === 'conflict') {
      throw new Problem('IDEMPOTENCY_CONFLICT', 'this Idempotency-Key was used for another request');
    }
    if (begun.state === 'in-flight') {
      throw new Problem('IDEMPOTENCY_IN_FLIGHT', 'a request with this Idempotency-Key is running', {
        retryAfter: 1,
      });
    }
    if (begun.state === 'answered') {
      const headers = { ...begun.answer.headers, 'idempotency-replayed': 'true' };
      sendAnswer(response, { ...begun.answer, headers });
      return;
    }
    if (begun.isNew) run.isNew();
    const isAsync = route.idempotency === 'replay' && /(^|[,;\s])respond-async($|[,;\s])/.test(prefer(raw));
    if (isAsync) {
      const location = `/v1/operations/${run.id}`;
      const body = { id: run.id, status: 'running' };
      sendAnswer(response, {
        status: 202,
        body,
        headers: { location, 'preference-applied': 'respond-async' },
      });
    }
    try {
      const answer = await perform(request, caller, requestId, raw, run);
      await parts.idempotency.complete(run.id, route.idempotency === 'replay' ? answer : undefined);
      sendAnswer(response, answer);
    } catch (error) {
      const problem = problemBody(error, requestId);
      await parts.idempotency.fail(run.id, problemAnswer(problem)).catch((failure: unknown) => {
        parts.log.error({ err: failure, requestId }, 'a failed run could not be released');
      });
      throw error;
    }
  };
}

function prefer(request: Request): string {
  const value = request.headers['prefer'];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).toLowerCase();
}

function storable({ status, body, etag, location }: Answered): StoredAnswer {
  return {
    status,
    body,
    headers: {
      ...(etag === undefined ? {} : { etag: `"${etag}"` }),
      ...(location === undefined ? {} : { location }),
    },
  };
}
