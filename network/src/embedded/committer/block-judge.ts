import { setImmediate } from 'node:timers/promises';
import type { common, ledger } from '@hyperledger/fabric-protos';
import type { ChannelConfiguration } from '../configuration/index.js';
import type { ChaincodeDefinition, MspManager, Snapshot, TxValidationCode } from '../parts.js';
import type { StateDatabase } from '../state/index.js';
import { commitHash } from './commit-hash.js';
import { isConfig, validateConfig } from './config-transaction.js';
import { checkConflicts } from './conflict-check.js';
import { EndorsementCheck, PolicyCache } from './endorsement-policies.js';
import { txIdOf, validateEnvelope, type EndorserTransaction } from './endorser-transaction.js';
import { Code, Invalid } from './verdict.js';
import { WriteSets } from './write-sets.js';

/** Transactions verified before other work gets a turn. */
const VERIFY_BATCH = 8;
const HASH_BYTES = 32;

export interface JudgeOptions {
  readonly channelId: string;
  /** What has been committed before the block. */
  readonly state: StateDatabase;
  /** The definition in force at that height. */
  chaincode(name: string, at: Snapshot): ChaincodeDefinition | undefined;
  /** The configuration in force for the block. */
  configuration(): ChannelConfiguration;
  /** Whose word counts for the transaction at an index: of the clients that sign it, of the peers that endorse it. */
  msps(index: number): { readonly creators: MspManager; readonly endorsers: MspManager };
  /** The private write sets that came with a valid transaction, as far as they are here. */
  privateSet(judged: Judged, index: number): ledger.rwset.TxPvtReadWriteSet | undefined;
  /** Told of every transaction that was found invalid. */
  onInvalid?(txId: string, code: TxValidationCode, reason: string): void;
}

export interface Judged {
  readonly txId: string;
  code: TxValidationCode;
  readonly transaction: EndorserTransaction | undefined;
}

/** What a block comes to. */
export interface Judgement {
  readonly judged: readonly Judged[];
  /** The verdicts as the block's metadata have them. */
  readonly filter: Uint8Array;
  readonly writeSets: WriteSets;
  /** Marshalled rwset.TxPvtReadWriteSet by transaction. */
  readonly privateSets: ReadonlyMap<number, Uint8Array>;
  /** Empty for block 0. */
  readonly commitHash: Buffer;
}

/** Validates the transactions of ordered blocks, as every peer has to, and adds up what the valid ones change. */
export class BlockJudge {
  readonly #options: JudgeOptions;
  readonly #policies = new PolicyCache();

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** @param snapshot State as the block before left it. */
  async judge(block: common.Block, snapshot: Snapshot): Promise<Judgement> {
    const number = block.getHeader()?.getNumber() ?? 0;
    const judged = await this.#verify(block, number, snapshot);
    const { writeSets, privateSets } = this.#resolve(judged, number, snapshot);
    const filter = Uint8Array.from(judged.map(({ code }) => code));
    const previous = this.#options.state.savepoint()?.commitHash ?? Buffer.alloc(0);
    const hash = number === 0 ? Buffer.alloc(0) : commitHash(filter, writeSets.batch, previous);
    return { judged, filter, writeSets, privateSets, commitHash: hash };
  }

  /** Everything that can be said of each transaction without the block's other writes. */
  async #verify(block: common.Block, number: number, snapshot: Snapshot): Promise<Judged[]> {
    const { channelId, state } = this.#options;
    const endorsements = new EndorsementCheck({
      snapshot,
      policies: this.#policies,
      chaincode: (name) => this.#options.chaincode(name, snapshot),
    });
    const seen = new Set<string>();
    const judged: Judged[] = [];
    const envelopes = block.getData()?.getDataList_asU8() ?? [];
    for (const [index, envelope] of envelopes.entries()) {
      if (index > 0 && index % VERIFY_BATCH === 0) await setImmediate();
      const { creators, endorsers } = this.#options.msps(index);
      const result = this.#attempt(envelope, () => {
        if (number === 0) return undefined;
        if (isConfig(envelope)) {
          const configuration = this.#options.configuration();
          validateConfig(envelope, { configuration, msps: creators, isAlone: envelopes.length === 1 });
          return undefined;
        }
        const transaction = validateEnvelope(envelope, {
          channelId,
          msps: creators,
          isCommitted: (txId) => state.transaction(txId) !== undefined,
        });
        endorsements.check(transaction, endorsers);
        if (seen.has(transaction.txId)) throw new Invalid('DUPLICATE_TXID', 'twice in this block');
        seen.add(transaction.txId);
        this.#checkKeys(transaction);
        return transaction;
      });
      judged.push(result);
    }
    return judged;
  }

  #attempt(envelope: Uint8Array, judge: () => EndorserTransaction | undefined): Judged {
    try {
      const transaction = judge();
      return { txId: transaction?.txId ?? txIdOf(envelope), code: Code.VALID, transaction };
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      const txId = txIdOf(envelope);
      this.#options.onInvalid?.(txId, error.code, error.message);
      return { txId, code: error.code, transaction: undefined };
    }
  }

  /**
   * What the database could not hold, as Fabric's state database has its say about keys. An empty key, which only a
   * shim of one's own can send, is a key.
   */
  #checkKeys(transaction: EndorserTransaction): void {
    const canStore = (namespace: string, key: string): boolean =>
      this.#options.state.canStore(namespace, '', key);
    for (const { namespace, writes, metadataWrites, collections } of transaction.readWriteSet) {
      if (![...writes, ...metadataWrites].every(({ key }) => canStore(namespace, key))) {
        throw new Invalid('INVALID_WRITESET', 'a key is too long');
      }
      for (const collection of collections) {
        const hashes = [...collection.writes, ...collection.metadataWrites];
        if (collection.name === '' || !hashes.every(({ keyHash }) => keyHash.length === HASH_BYTES)) {
          throw new Invalid('INVALID_WRITESET', 'a collection has no name, or a key hash is none');
        }
      }
    }
  }

  /** In the block's order: conflicts with what was committed and with the block's earlier valid transactions. */
  #resolve(
    judged: readonly Judged[],
    block: number,
    snapshot: Snapshot,
  ): { writeSets: WriteSets; privateSets: Map<number, Uint8Array> } {
    const writeSets = WriteSets.over(this.#options.state, snapshot);
    const privateSets = new Map<number, Uint8Array>();
    judged.forEach((entry, index) => {
      const { transaction, txId } = entry;
      if (transaction === undefined || entry.code !== Code.VALID) return;
      try {
        checkConflicts(transaction.readWriteSet, snapshot, writeSets.batch);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        entry.code = error.code;
        this.#options.onInvalid?.(txId, error.code, error.message);
        return;
      }
      const privateSet = this.#options.privateSet(entry, index);
      if (privateSet !== undefined) privateSets.set(index, privateSet.serializeBinary());
      writeSets.apply(transaction.readWriteSet, { block, transaction: index }, privateSet);
    });
    return { writeSets, privateSets };
  }
}
