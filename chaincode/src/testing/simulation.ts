import type { Collection } from './policies.js';
import { privateKey, rangeOf, sha256, type WorldState } from './state.js';

export interface Write {
  readonly key: string;
  /** Undefined: deleted. */
  readonly value?: Buffer;
}
export interface RangeRead {
  readonly start: string;
  readonly end: string;
  readonly found: readonly (readonly [key: string, version: number])[];
}
/** What a simulation read and wrote. Private entries are keyed by `collection \0 key`. */
export interface ReadWriteSet {
  readonly reads: Map<string, number>;
  readonly hashedReads: Map<string, number>;
  readonly ranges: RangeRead[];
  readonly writes: Map<string, Write>;
  readonly policies: Map<string, Buffer>;
  readonly privateWrites: Map<string, Write & { readonly collection: string }>;
  readonly privatePolicies: Map<string, { readonly collection: string; readonly policy: Buffer }>;
}

interface Page {
  next(): Promise<{ done: boolean; value?: object }>;
  close(): Promise<void>;
}

const NOT_FOUND = 0;

/**
 * One organisation's peer during one transaction: what fabric-shim's stub asks over its stream. It answers
 * from committed state alone (no read of a transaction's own writes) and refuses what a peer refuses.
 */
export class Simulation {
  readonly set: ReadWriteSet = {
    reads: new Map(),
    hashedReads: new Map(),
    ranges: [],
    writes: new Map(),
    policies: new Map(),
    privateWrites: new Map(),
    privatePolicies: new Map(),
  };
  /** Plaintexts that this peer handed to the chaincode. */
  readonly disclosed: Buffer[] = [];
  #rangedPrivately = false;

  constructor(
    private readonly state: WorldState,
    private readonly collections: ReadonlyMap<string, Collection>,
    private readonly peerMspId: string,
    private readonly creatorMspId: string,
  ) {}

  async handleGetState(collection: string, key: string): Promise<Buffer> {
    if (collection === '') {
      const found = this.state.values.get(key);
      this.set.reads.set(key, found?.version ?? NOT_FOUND);
      return found?.value ?? Buffer.alloc(0);
    }
    this.#checkMember(collection, 'read');
    const place = privateKey(collection, key);
    const hash = this.state.hashes.get(place);
    this.set.hashedReads.set(place, hash?.version ?? NOT_FOUND);
    if (hash === undefined) return Buffer.alloc(0);
    const value = this.state.plaintextsOf(this.peerMspId).get(place);
    if (value === undefined) throw new Error('private data matching public hash version is not available');
    this.disclosed.push(value);
    return value;
  }

  async handleGetPrivateDataHash(collection: string, key: string): Promise<Buffer> {
    this.#collection(collection);
    const place = privateKey(collection, key);
    const hash = this.state.hashes.get(place);
    this.set.hashedReads.set(place, hash?.version ?? NOT_FOUND);
    return hash?.value ?? Buffer.alloc(0);
  }

  async handlePutState(collection: string, key: string, value: Uint8Array): Promise<void> {
    if (value.length === 0) throw new Error('an empty value cannot be told from an absent one');
    this.#write(collection, { key, value: Buffer.from(value) });
  }

  async handleDeleteState(collection: string, key: string): Promise<void> {
    this.#write(collection, { key });
  }

  async handlePurgeState(collection: string, key: string): Promise<void> {
    this.#write(collection, { key });
  }

  async handlePutStateMetadata(
    collection: string,
    key: string,
    _name: string,
    policy: Uint8Array,
  ): Promise<void> {
    if (collection === '') this.set.policies.set(key, Buffer.from(policy));
    else {
      this.#checkMember(collection, 'write');
      this.set.privatePolicies.set(privateKey(collection, key), {
        collection,
        policy: Buffer.from(policy),
      });
    }
  }

  async handleGetStateMetadata(collection: string, key: string): Promise<Record<string, Buffer>> {
    const place = collection === '' ? key : privateKey(collection, key);
    const found = (collection === '' ? this.state.values : this.state.hashes).get(place);
    (collection === '' ? this.set.reads : this.set.hashedReads).set(place, found?.version ?? NOT_FOUND);
    return found?.policy === undefined ? {} : { VALIDATION_PARAMETER: found.policy };
  }

  async handleGetStateByRange(
    collection: string,
    start: string,
    end: string,
  ): Promise<{ iterator: Page; metadata: object }> {
    if (collection === '') {
      const found = rangeOf(this.state.values, start, end);
      this.set.ranges.push({ start, end, found: found.map(([key, { version }]) => [key, version]) });
      return page(found.map(([key, { value }]) => ({ key, value })));
    }
    this.#checkMember(collection, 'read');
    if (this.set.writes.size + this.set.privateWrites.size > 0) {
      throw new Error('a transaction that has written cannot query private data');
    }
    this.#rangedPrivately = true;
    const held = this.state.plaintextsOf(this.peerMspId);
    const prefix = privateKey(collection, '');
    const own = [...held].filter(([place]) => place.startsWith(prefix));
    const byKey = new Map(own.map(([place, value]) => [place.slice(prefix.length), value]));
    const found = rangeOf(byKey, start, end);
    this.disclosed.push(...found.map(([, value]) => value));
    return page(found.map(([key, value]) => ({ key, value })));
  }

  async handleGetHistoryForKey(key: string): Promise<Page> {
    const entries = [...(this.state.history.get(key) ?? [])].reverse();
    const modifications = entries.map(({ txId, value, isDelete, at }) => ({
      txId,
      value,
      isDelete,
      timestamp: { seconds: Math.floor(at.getTime() / 1000), nanos: (at.getTime() % 1000) * 1_000_000 },
    }));
    return page(modifications).iterator;
  }

  async handleGetQueryResult(): Promise<never> {
    throw new Error('rich queries are not supported by LevelDB');
  }

  async handleInvokeChaincode(name: string): Promise<never> {
    throw new Error(`chaincode ${name} is not known`);
  }

  #write(collection: string, write: Write): void {
    if (this.#rangedPrivately) throw new Error('a transaction that queried private data cannot write');
    if (collection === '') {
      this.set.writes.set(write.key, write);
      return;
    }
    this.#checkMember(collection, 'write');
    this.set.privateWrites.set(privateKey(collection, write.key), { ...write, collection });
  }

  #collection(name: string): Collection {
    const collection = this.collections.get(name);
    if (collection === undefined) throw new Error(`collection ${name} is not defined`);
    return collection;
  }

  #checkMember(name: string, access: 'read' | 'write'): void {
    const { members, membersOnly } = this.#collection(name);
    if (membersOnly && !members.has(this.creatorMspId)) {
      throw new Error(`tx creator does not have ${access} access permission on collection ${name}`);
    }
  }
}

/** The bytes that endorsers must agree on: private values count by their hash. */
export function comparableBytes(set: ReadWriteSet): string {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const value = (write: Write) => (write.value === undefined ? null : sha256(write.value).toString('hex'));
  return JSON.stringify({
    reads: sorted(set.reads),
    hashedReads: sorted(set.hashedReads),
    ranges: set.ranges,
    writes: sorted(set.writes).map(([key, write]) => [key, value(write)]),
    policies: sorted(set.policies).map(([key, policy]) => [key, policy.toString('hex')]),
    privateWrites: sorted(set.privateWrites).map(([place, write]) => [place, value(write)]),
    privatePolicies: sorted(set.privatePolicies).map(([place, { policy }]) => [
      place,
      policy.toString('hex'),
    ]),
  });
}

function page(values: readonly object[]): { iterator: Page; metadata: object } {
  let position = 0;
  const iterator: Page = {
    next: async () => {
      const value = values[position++];
      return value === undefined ? { done: true } : { done: false, value };
    },
    close: async () => undefined,
  };
  return { iterator, metadata: { fetchedRecordsCount: values.length, bookmark: '' } };
}
