import { hash } from 'node:crypto';
import { BoundedMap } from './bounded-map.js';

/** What waits for its second look: envelopes on their way from the orderer into a block, and their endorsements. */
const LIMIT = 10_000;

/**
 * One key's signatures that this process made, or found to fit, and will meet again over the same bytes. Each is good
 * for one more look.
 */
export class KnownSignatures {
  /** SHA-256 of what was signed, by the signature's bytes. */
  readonly #digests = new BoundedMap<string, string>(LIMIT);

  remember(message: Uint8Array, signature: Uint8Array): void {
    this.#digests.set(nameOf(signature), hash('sha256', message));
  }

  /** True for a remembered signature over these very bytes; it is forgotten then. */
  take(message: Uint8Array, signature: Uint8Array): boolean {
    if (this.#digests.size === 0) return false;
    const name = nameOf(signature);
    const digest = this.#digests.get(name);
    if (digest === undefined || digest !== hash('sha256', message)) return false;
    this.#digests.delete(name);
    return true;
  }
}

function nameOf(signature: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = signature;
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
