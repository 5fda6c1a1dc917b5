import type { LedgerValue } from './projections.js';

/**
 * Reads a state value. PostgreSQL's jsonb takes neither NUL nor a lone surrogate, which a free-text member may
 * hold: those characters become U+FFFD, so that no writer can stop the projection with one.
 * @returns undefined for what is no JSON object with a `type`: the contracts' own bookkeeping.
 */
export function parseValue(bytes: Uint8Array): LedgerValue | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'), (_, member: unknown) =>
      typeof member === 'string' ? member.replace(/[\0\p{Surrogate}]/gu, '\uFFFD') : member,
    );
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return typeof (value as { type?: unknown }).type === 'string' ? (value as LedgerValue) : undefined;
}
