import type { ChaincodeResult, Page, StateAccess, StateCursor } from '../chaincode/index.js';
import type { ChaincodeDefinition, CollectionDefinition, Height, HistoryEntry } from '../parts.js';
import type { ChaincodeInput } from '../wire/index.js';
import type { NamespaceWrites } from './endorsement-interest.js';
import { PrivateRangeCursor, RangeCursor } from './range-cursor.js';
import { sha256 } from './read-write-set.js';
import { SimulationError } from './simulation-error.js';
import type { SimulationRecord } from './simulation-record.js';

const VALIDATION_PARAMETER = 'VALIDATION_PARAMETER';
const IMPLICIT = '_implicit_org_';
const NO_METADATA: ReadonlyMap<string, Uint8Array> = new Map();

/** One chaincode's view in a simulation. Reads are of committed state: never of the transaction's own writes. */
export class SimulatedState implements StateAccess {
  readonly #simulation: SimulationRecord;
  readonly #namespace: string;
  readonly #chaincode: ChaincodeDefinition;
  readonly #writes: NamespaceWrites;
  readonly #permissions = new Map<string, { read: boolean; write: boolean }>();

  constructor(simulation: SimulationRecord, chaincode: ChaincodeDefinition, writes: NamespaceWrites) {
    this.#simulation = simulation;
    this.#namespace = chaincode.name;
    this.#chaincode = chaincode;
    this.#writes = writes;
  }

  get(collection: string, key: string): Uint8Array | undefined {
    if (collection !== '') return this.#getPrivate(collection, key);
    const found = this.#snapshot.get(this.#namespace, key);
    this.#simulation.builder.addRead(this.#namespace, key, found?.version);
    return found?.value;
  }

  put(collection: string, key: string, value: Uint8Array): void {
    // Fabric's peer cannot tell an empty value from none: both are a delete.
    this.#write(collection, key, value.length === 0 ? undefined : value);
  }

  delete(collection: string, key: string): void {
    this.#write(collection, key, undefined);
  }

  purge(collection: string, key: string): void {
    this.#allow(collection, 'write');
    this.#simulation.beforeWrite();
    this.#simulation.builder.addPrivateWrite(this.#namespace, collection, key, undefined, true);
    this.#noteWrite(collection, key);
  }

  metadata(collection: string, key: string): ReadonlyMap<string, Uint8Array> {
    if (collection === '') {
      const found = this.#snapshot.get(this.#namespace, key);
      this.#simulation.builder.addRead(this.#namespace, key, found?.version);
      return found?.metadata ?? NO_METADATA;
    }
    this.#allow(collection, 'read');
    const found = this.#snapshot.getPrivateHash(this.#namespace, collection, sha256(key));
    this.#simulation.builder.addHashedRead(this.#namespace, collection, key, found?.version);
    return found?.metadata ?? NO_METADATA;
  }

  putMetadata(collection: string, key: string, name: string, value: Uint8Array): void {
    const entries = new Map([[name, value]]);
    if (collection === '') {
      this.#simulation.beforeWrite();
      this.#simulation.builder.addMetadataWrite(this.#namespace, key, entries);
    } else {
      this.#allow(collection, 'write');
      this.#simulation.beforeWrite();
      this.#simulation.builder.addPrivateMetadataWrite(this.#namespace, collection, key, entries);
    }
    this.#noteWrite(collection, key);
  }

  privateHash(collection: string, key: string): Uint8Array | undefined {
    this.#definition(collection, this.#notDefined(collection));
    const found = this.#snapshot.getPrivateHash(this.#namespace, collection, sha256(key));
    this.#simulation.builder.addHashedRead(this.#namespace, collection, key, found?.version);
    return found?.hash;
  }

  range(collection: string, start: string, end: string, page?: Page): StateCursor {
    if (collection !== '') return this.#privateRange(collection, start, end);
    if (page !== undefined) this.#simulation.beforePaginatedQuery();
    const from = page === undefined || page.bookmark === '' ? start : page.bookmark;
    const values = this.#snapshot.range(this.#namespace, from, end);
    const cursor = new RangeCursor(values, from, end, page?.size ?? 0);
    this.#simulation.noteRange(this.#namespace, cursor);
    return cursor;
  }

  history(key: string): Iterator<HistoryEntry> {
    const entries = this.#snapshot.history(this.#namespace, key)[Symbol.iterator]();
    this.#simulation.noteOpen({ close: () => entries.return?.() });
    return entries;
  }

  invoke(chaincode: string, input: ChaincodeInput): Promise<ChaincodeResult> {
    return this.#simulation.options.invoke(chaincode, input);
  }

  get #snapshot() {
    return this.#simulation.options.snapshot;
  }

  #write(collection: string, key: string, value: Uint8Array | undefined): void {
    if (collection === '') {
      this.#simulation.beforeWrite();
      this.#simulation.builder.addWrite(this.#namespace, key, value);
    } else {
      this.#allow(collection, 'write');
      this.#simulation.beforeWrite();
      this.#simulation.builder.addPrivateWrite(this.#namespace, collection, key, value);
    }
    this.#noteWrite(collection, key);
  }

  #noteWrite(collection: string, key: string): void {
    const committed =
      collection === ''
        ? this.#snapshot.get(this.#namespace, key)
        : this.#snapshot.getPrivateHash(this.#namespace, collection, sha256(key));
    this.#writes.noteWrite(collection, committed?.metadata?.get(VALIDATION_PARAMETER));
  }

  #getPrivate(collection: string, key: string): Uint8Array | undefined {
    this.#allow(collection, 'read');
    const { peerMspId } = this.#simulation.options;
    const held = this.#isHeldBy(collection, peerMspId)
      ? this.#snapshot.getPrivate(this.#namespace, collection, key)
      : undefined;
    const hashed = this.#snapshot.getPrivateHash(this.#namespace, collection, sha256(key));
    if (!sameHeight(held?.version, hashed?.version)) {
      throw new SimulationError(
        'NOT_AVAILABLE',
        'private data matching public hash version is not available. ' +
          `Public hash version = ${heightText(hashed?.version)}, Private data version = ${heightText(held?.version)}`,
      );
    }
    this.#simulation.builder.addHashedRead(this.#namespace, collection, key, held?.version);
    this.#writes.notePrivateRead(collection);
    return held?.value;
  }

  #privateRange(collection: string, start: string, end: string): StateCursor {
    this.#allow(collection, 'read');
    this.#simulation.beforePrivateQuery();
    const isHeld = this.#isHeldBy(collection, this.#simulation.options.peerMspId);
    const values = isHeld ? this.#snapshot.rangePrivate(this.#namespace, collection, start, end) : [];
    const cursor = new PrivateRangeCursor(values);
    this.#simulation.noteOpen(cursor);
    this.#writes.notePrivateRead(collection);
    return cursor;
  }

  #isHeldBy(collection: string, mspId: string): boolean {
    return this.#chaincode.collection(collection)?.memberOrgs.includes(mspId) ?? false;
  }

  #notDefined(collection: string): string {
    return `collection [${collection}] not defined in the collection config for chaincode [${this.#namespace}]`;
  }

  #definition(collection: string, wording: string): CollectionDefinition {
    const definition = this.#chaincode.collection(collection);
    if (definition === undefined) throw new SimulationError('NO_COLLECTION', wording);
    return definition;
  }

  #allow(collection: string, access: 'read' | 'write'): void {
    let permission = this.#permissions.get(collection);
    if (permission === undefined) {
      const { ledger, creator } = this.#simulation.options;
      // Fabric finds an implicit collection for whatever MSP is named, and only then misses it on the channel.
      const wording = collection.startsWith(IMPLICIT)
        ? this.#notDefined(collection)
        : `collection ${ledger.channelId}/${this.#namespace}/${collection} could not be found`;
      const definition = this.#definition(collection, wording);
      const { memberOnlyRead, memberOnlyWrite } = definition;
      const isMember = definition.hasMember(creator);
      permission = { read: isMember || !memberOnlyRead, write: isMember || !memberOnlyWrite };
      this.#permissions.set(collection, permission);
    }
    if (!permission[access]) {
      throw new SimulationError(
        'NO_PERMISSION',
        `tx creator does not have ${access} access permission on privatedata in ` +
          `chaincodeName:${this.#namespace} collectionName: ${collection}`,
      );
    }
  }
}

function sameHeight(a: Height | undefined, b: Height | undefined): boolean {
  return a?.block === b?.block && a?.transaction === b?.transaction;
}

function heightText(height: Height | undefined): string {
  return height === undefined
    ? '<nil>'
    : `{BlockNum: ${String(height.block)}, TxNum: ${String(height.transaction)}}`;
}
