import { createHmac } from 'node:crypto';
import type { ChaincodeStub } from 'fabric-shim-api';
import { CARE_COLLECTION, canonicalJson } from '../api/index.js';
import type { AssetKind } from './asset-kind.js';
import { refuse } from './errors.js';

/** Makes the key of a private value from its type word and ids. */
export type PrivateKeyMaker = (type: string, ids: readonly string[]) => Promise<string>;

/**
 * Values of one private-data collection, as canonical JSON. Fabric publishes an unsalted hash of every key and
 * value: a value carries a random salt, and a key that could be guessed is made with a secret.
 */
export class PrivateStore {
  private readonly written = new Set<string>();

  constructor(
    private readonly stub: ChaincodeStub,
    readonly collection: string,
    private readonly makeKey: PrivateKeyMaker,
  ) {}

  /** The value, or undefined. @throws Fabric's own error on a peer that is no member of the collection. */
  async get<T>(kind: AssetKind<T>, ...ids: string[]): Promise<T | undefined> {
    const bytes = await this.stub.getPrivateData(this.collection, await this.makeKey(kind.type, ids));
    if (bytes.length === 0) return undefined;
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
  }

  /** @throws ContractError NOT_FOUND */
  async require<T>(kind: AssetKind<T>, ...ids: string[]): Promise<T> {
    return (await this.get(kind, ...ids)) ?? refuse('NOT_FOUND', `no such ${kind.type}`);
  }

  /** SHA-256 (hex) of the stored value, which peers outside the collection can answer too; or undefined. */
  async hash<T>(kind: AssetKind<T>, ...ids: string[]): Promise<string | undefined> {
    const bytes = await this.stub.getPrivateDataHash(this.collection, await this.makeKey(kind.type, ids));
    return bytes.length === 0 ? undefined : Buffer.from(bytes).toString('hex');
  }

  /** Writes a value. @throws Error where a function puts one key twice (a programming error). */
  async put<T>(kind: AssetKind<T>, value: NoInfer<T>): Promise<void> {
    const key = await this.makeKey(kind.type, kind.key(value));
    if (this.written.has(key)) throw new Error(`${kind.type} is written twice in one transaction`);
    this.written.add(key);
    await this.stub.putPrivateData(this.collection, key, Buffer.from(canonicalJson(kind.shape.parse(value))));
  }
}

/** Store whose ids are random: plain composite keys (the collections of claims and of invoices). */
export function privateStore(stub: ChaincodeStub, collection: string): PrivateStore {
  return new PrivateStore(stub, collection, (type, ids) =>
    Promise.resolve(stub.createCompositeKey(type, [...ids])),
  );
}

/** Key of the value that holds the secret; random itself, so that its hash tells nothing. */
const CARE_KEY = 'care-key';

/** `care`: keys are HMAC-SHA256(secret, canonical [type, ids…]) in hex, as pseudonyms are known to insurers. */
export function careStore(stub: ChaincodeStub): PrivateStore {
  let secret: Promise<string> | undefined;
  return new PrivateStore(stub, CARE_COLLECTION, async (type, ids) => {
    secret ??= readCareKey(stub);
    return createHmac('sha256', Buffer.from(await secret, 'hex'))
      .update(canonicalJson([type, ...ids]))
      .digest('hex');
  });
}

async function readCareKey(stub: ChaincodeStub): Promise<string> {
  const bytes = await stub.getPrivateData(CARE_COLLECTION, CARE_KEY);
  if (bytes.length === 0) refuse('NOT_FOUNDED', 'the consortium is not founded');
  const { secret } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { secret: string };
  return secret;
}

/** Writes the secret once, when the consortium is founded. */
export async function writeCareKey(stub: ChaincodeStub, secret: string): Promise<void> {
  const value = canonicalJson({ type: CARE_KEY, id: CARE_KEY, secret });
  await stub.putPrivateData(CARE_COLLECTION, CARE_KEY, Buffer.from(value));
}
