import type { ledger } from '@hyperledger/fabric-protos';
import type { ChaincodeDefinition } from '../parts.js';
import { InterestCollector, type EndorsementInterest } from './endorsement-interest.js';
import type { RangeCursor } from './range-cursor.js';
import { ReadWriteSetBuilder } from './read-write-set.js';
import { SimulationError } from './simulation-error.js';
import type { SimulationOptions, SimulationRecord } from './simulation-record.js';
import { SimulatedState } from './simulated-state.js';

export interface SimulationResult {
  /** Marshalled rwset.TxReadWriteSet. */
  readonly publicSet: Uint8Array;
  readonly privateSet: ledger.rwset.TxPvtReadWriteSet | undefined;
  readonly interest: EndorsementInterest;
}

/** One transaction run against a snapshot: collects what it reads and writes, and changes nothing. */
export class Simulation implements SimulationRecord {
  readonly options: SimulationOptions;
  readonly builder = new ReadWriteSetBuilder();
  readonly #states = new Map<string, SimulatedState>();
  readonly #interest = new InterestCollector();
  readonly #ranges: { namespace: string; cursor: RangeCursor }[] = [];
  readonly #open: { close(): void }[] = [];
  #wrote = false;
  #queriedPrivate = false;
  #paginated = false;

  constructor(options: SimulationOptions) {
    this.options = options;
  }

  /** The state as that chaincode sees it. @throws SimulationError (NO_CHAINCODE). */
  state(chaincode: string): SimulatedState {
    let state = this.#states.get(chaincode);
    if (state === undefined) {
      const definition = this.definition(chaincode);
      if (definition === undefined) {
        throw new SimulationError('NO_CHAINCODE', `chaincode ${chaincode} not found`);
      }
      state = new SimulatedState(this, definition, this.#interest.touch(definition));
      this.#states.set(chaincode, state);
    }
    return state;
  }

  /**
   * The definition in force at the snapshot. Whoever asks depends on it: a later one that commits first makes the
   * transaction invalid.
   */
  definition(chaincode: string): ChaincodeDefinition | undefined {
    const { ledger, snapshot } = this.options;
    const definition = ledger.chaincode(chaincode, snapshot);
    const read = definition?.sequenceRead;
    if (read !== undefined) this.builder.addRead(read.namespace, read.key, read.version);
    return definition;
  }

  /** What was collected. Call once. */
  finish(): SimulationResult {
    for (const { namespace, cursor } of this.#ranges) this.builder.addRange(namespace, cursor.info());
    const { publicSet, privateSet, namespaces } = this.builder.build();
    return { publicSet, privateSet, interest: this.#interest.build(namespaces) };
  }

  /** Ends every query. */
  close(): void {
    for (const cursor of this.#open.splice(0)) cursor.close();
  }

  noteRange(namespace: string, cursor: RangeCursor): void {
    this.#ranges.push({ namespace, cursor });
    this.#open.push(cursor);
  }

  noteOpen(cursor: { close(): void }): void {
    this.#open.push(cursor);
  }

  beforeWrite(): void {
    if (this.#queriedPrivate) {
      throw this.#unsupported(
        'Transaction has already performed queries on pvt data. Writes are not allowed',
      );
    }
    if (this.#paginated) {
      throw this.#unsupported('Transaction has already performed a paginated query. Writes are not allowed');
    }
    this.#wrote = true;
  }

  beforePrivateQuery(): void {
    if (this.#wrote)
      throw this.#unsupported('Queries on pvt data is supported only in a read-only transaction');
    this.#queriedPrivate = true;
  }

  beforePaginatedQuery(): void {
    if (this.#wrote) {
      throw this.#unsupported('Paginated queries are supported only in a read-only transaction');
    }
    this.#paginated = true;
  }

  #unsupported(reason: string): SimulationError {
    return new SimulationError(
      'UNSUPPORTED',
      // Spelt as Fabric spells it.
      `txid [${this.options.txId}]: unsuppored transaction. ${reason}`,
    );
  }
}
