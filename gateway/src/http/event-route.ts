import { once } from 'node:events';
import type { Response } from 'express';
import { stillValid } from '../auth/index.js';
import { Problem } from '../errors.js';
import type { ServerSentEvent } from '../ports.js';
import type { HttpParts, TransportHandler } from './context.js';
import { singleHeader } from './credentials.js';
import { ConcurrencyLimiter } from './limits.js';

const HEARTBEAT_MS = 15_000;
/** Few seconds, as a revoked certificate is to be out everywhere within ten. */
const CHECK_MS = 2_000;

/**
 * Server-sent events. The stream ends with the token, or within seconds of a revocation; the client reconnects
 * with `Last-Event-ID` and misses nothing.
 */
export function createEventRoute(parts: HttpParts): TransportHandler {
  const streams = new ConcurrencyLimiter(parts.limits.streams);
  return async (request, response, { query }, authenticated) => {
    if (authenticated === undefined) throw new Problem('UNAUTHENTICATED', 'log in first');
    const leave = streams.enter();
    const abort = new AbortController();
    const end = () => {
      abort.abort();
    };
    response.on('close', end);
    const heartbeat = setInterval(() => {
      response.write(':\n\n');
    }, parts.heartbeatMs ?? HEARTBEAT_MS);
    const check = setInterval(() => {
      void stillValid(parts.auth, authenticated).then((valid) => {
        if (!valid) end();
      });
    }, parts.checkMs ?? CHECK_MS);
    try {
      const after = singleHeader(request, 'last-event-id');
      const events = parts.events.open(
        {
          caller: authenticated.caller,
          ...(after === undefined ? {} : { after }),
          ...(typeof query['from'] === 'number' ? { from: query['from'] } : {}),
          ...(Array.isArray(query['types']) ? { types: query['types'] as string[] } : {}),
        },
        abort.signal,
      );
      response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.flushHeaders();
      for await (const event of events) await write(response, event, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      clearInterval(heartbeat);
      clearInterval(check);
      leave();
      response.end();
    }
  };
}

/** Waits for the client where it reads slowly. */
async function write(response: Response, event: ServerSentEvent, signal: AbortSignal): Promise<void> {
  const room = response.write(
    `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`,
  );
  if (!room && !signal.aborted) await once(response, 'drain', { signal });
}
