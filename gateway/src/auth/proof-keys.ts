import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';

/** A key that proofs are signed with. */
export interface ProofKey {
  readonly key: KeyObject;
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string;
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'k', 'dp', 'dq', 'qi', 'oth'];
const MAX_KEPT = 10_000;

/**
 * Keys as proofs carry them, read once: a client signs all its proofs with one key, and reading it costs as much as
 * verifying with it. The oldest goes when there are too many.
 */
export class ProofKeys {
  readonly #kept = new Map<string, Promise<ProofKey>>();

  /** @throws Error for anything but a public key. */
  async find(jwk: JWK): Promise<ProofKey> {
    const name = JSON.stringify(jwk);
    const known = this.#kept.get(name);
    if (known !== undefined) return await known;
    const read = readKey(jwk);
    // What is no key is not kept.
    await read;
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= MAX_KEPT && oldest.done !== true) this.#kept.delete(oldest.value);
    this.#kept.set(name, read);
    return await read;
  }
}

async function readKey(jwk: JWK): Promise<ProofKey> {
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) throw new TypeError('a private key');
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return { key, thumbprint: await calculateJwkThumbprint(jwk, 'sha256') };
}
