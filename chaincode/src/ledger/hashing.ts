import { createHash } from 'node:crypto';
import { canonicalJson } from '../api/index.js';

/** SHA-256 of the canonical JSON, in hex: what a public stub says of its private value. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
