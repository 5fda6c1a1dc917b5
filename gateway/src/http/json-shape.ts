import { Problem } from '../errors.js';

/** Deeper than anything that the API describes; what walks a value by recursion stays far from the stack's end. */
const MAX_DEPTH = 32;
/** NUL, which PostgreSQL does not store, and lone surrogates, which have no UTF-8 (RFC 7493, I-JSON). */
const NOT_TEXT = /[\0\p{Surrogate}]/u;

/** @throws Problem REQUEST_INVALID for JSON that is nested too deep or holds what is no text. */
export function checkJson(value: unknown, depth = 0): void {
  if (typeof value === 'string') checkText(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_DEPTH) throw refused(`is nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) {
    for (const item of value) checkJson(item, depth + 1);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    checkText(name);
    checkJson(member, depth + 1);
  }
}

function checkText(text: string): void {
  if (NOT_TEXT.test(text)) throw refused('holds a NUL or half a character');
}

function refused(message: string): Problem {
  return new Problem('REQUEST_INVALID', 'the body is not what the API describes', {
    errors: [{ path: 'body', message }],
  });
}
