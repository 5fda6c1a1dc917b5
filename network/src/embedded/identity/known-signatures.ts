import { BoundedMap } from './bounded-map.js';

/** What waits for its second look: envelopes on their way from the orderer into a block, and their endorsements. */
const LIMIT = 10_000;

/**
 * One key's signatures that this process made, or found to fit, and will meet again over the same bytes. Each is good
 * for one more look.
 */
export class KnownSignatures {
  /** What was signed, by the signature's bytes. To compare it costs less than to hash it. */
  readonly #messages = new BoundedMap<string, Uint8Array>(LIMIT);

  /** The message must not be changed afterwards. */
  remember(message: Uint8Array, signature: Uint8Array): void {
    this.#messages.set(nameOf(signature), message);
  }

  /** True for a remembered signature over these very bytes; it is forgotten then. */
  take(message: Uint8Array, signature: Uint8Array): boolean {
    if (this.#messages.size === 0) return false;
    const name = nameOf(signature);
    const known = this.#messages.get(name);
    if (known === undefined || Buffer.compare(known, message) !== 0) return false;
    this.#messages.delete(name);
    return true;
  }
}

function nameOf(signature: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = signature;
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
