import { randomUUID } from 'node:crypto';
import { GatewayRefusal, type components } from '@medaccord/gateway/client';

/** The 202 of `Prefer: respond-async`, which the story never asks for. */
type Operation = components['schemas']['Operation'];

interface Answer<T> {
  data?: T;
  error?: { code?: string; detail?: string; title?: string };
  response: Response;
}

/** One POST under a fresh Idempotency-Key; the client repeats it with the same key where that may help. */
export function commit<T>(
  send: (headers: { 'Idempotency-Key': string }) => Promise<Answer<T>>,
): Promise<Exclude<T, Operation>> {
  return value(send({ 'Idempotency-Key': randomUUID() }));
}

/** The body of an answer. @throws GatewayRefusal */
export async function value<T>(answer: Promise<Answer<T>>): Promise<Exclude<T, Operation>> {
  const { data, error, response } = await answer;
  if (response.ok && response.status !== 202 && data !== undefined) return data as Exclude<T, Operation>;
  throw new GatewayRefusal(response.status, error ?? {});
}

/** @returns the refusal of a call that must be refused. @throws Error where it was not. */
export async function refusal(call: Promise<unknown>): Promise<GatewayRefusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GatewayRefusal && error.status < 500) return error;
    throw error;
  }
  throw new Error('a call that must be refused was accepted');
}
