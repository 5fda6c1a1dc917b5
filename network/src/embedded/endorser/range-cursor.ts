import { ledger } from '@hyperledger/fabric-protos';
import type { StateCursor, StateEntry } from '../chaincode/index.js';
import type { Height, KeyedValue } from '../parts.js';
import { kvRead } from './read-write-set.js';

const { kvrwset } = ledger.rwset;

/** Values under a range; the versions of what was pulled are kept for the phantom check. */
export class RangeCursor implements StateCursor {
  readonly #values: Iterator<KeyedValue>;
  readonly #start: string;
  readonly #end: string;
  readonly #limit: number;
  readonly #read: { key: string; version: Height }[] = [];
  #exhausted = false;

  /** @param limit Of results; 0: none. */
  constructor(values: Iterable<KeyedValue>, start: string, end: string, limit: number) {
    this.#values = values[Symbol.iterator]();
    this.#start = start;
    this.#end = end;
    this.#limit = limit;
  }

  next(): StateEntry | undefined {
    const full = this.#limit > 0 && this.#read.length >= this.#limit;
    const next = full || this.#exhausted ? undefined : this.#values.next();
    if (next === undefined || next.done === true) {
      this.#exhausted = true;
      return undefined;
    }
    const { key, value, version } = next.value;
    this.#read.push({ key, version });
    return { key, value };
  }

  bookmark(): string {
    const next = this.#values.next();
    this.close();
    return next.done === true ? '' : next.value.key;
  }

  close(): void {
    this.#values.return?.();
  }

  /** The range as far as it was pulled, with every version: the committer reads it again. */
  info(): ledger.rwset.kvrwset.RangeQueryInfo {
    const info = new kvrwset.RangeQueryInfo();
    info.setStartKey(this.#start);
    info.setItrExhausted(this.#exhausted);
    info.setEndKey(this.#exhausted ? this.#end : (this.#read.at(-1)?.key ?? ''));
    const reads = new kvrwset.QueryReads();
    reads.setKvReadsList(this.#read.map(({ key, version }) => kvRead(key, version)));
    info.setRawReads(reads);
    return info;
  }
}

/** A range of a collection: Fabric keeps no trace of it, and so allows it in reading transactions alone. */
export class PrivateRangeCursor implements StateCursor {
  readonly #values: Iterator<KeyedValue>;

  constructor(values: Iterable<KeyedValue>) {
    this.#values = values[Symbol.iterator]();
  }

  next(): StateEntry | undefined {
    const next = this.#values.next();
    return next.done === true ? undefined : { key: next.value.key, value: next.value.value };
  }

  bookmark(): string {
    return '';
  }

  close(): void {
    this.#values.return?.();
  }
}
