import type { record } from '@medaccord/chaincode/api';
import type { RecordStore } from '../../vault/index.js';
import { batchAnchorings } from './anchor-stored.js';

export interface ProvenLeaf {
  readonly leaf: record.Leaf;
  readonly reference: record.AnchorReference;
}
type Proofs = ReadonlyMap<string, ProvenLeaf>;

/** Batches whose proofs are kept in memory; one of 10,000 leaves takes some 20 MB and a good part of a second. */
const KEPT = 3;

/** Where the leaves of batches are anchored. The whole tree is made once, not for each leaf that is asked for. */
export class BatchProofs {
  /** By root, the one that was longest unused first. */
  readonly #kept = new Map<string, Promise<Proofs>>();

  constructor(private readonly records: Pick<RecordStore, 'batch' | 'batchRoot'>) {}

  /** Undefined where no such batch was anchored here, or it has no such leaf. */
  async find(batch: string, leafHash: string): Promise<ProvenLeaf | undefined> {
    const root = await this.records.batchRoot(batch);
    return root === undefined ? undefined : (await this.#proofs(batch, root)).get(leafHash);
  }

  #proofs(batch: string, root: string): Promise<Proofs> {
    const name = `${batch} ${root}`;
    const proofs = this.#kept.get(name) ?? this.#make(batch, name);
    this.#kept.delete(name);
    this.#kept.set(name, proofs);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > KEPT && oldest.done !== true) this.#kept.delete(oldest.value);
    return proofs;
  }

  async #make(batch: string, name: string): Promise<Proofs> {
    try {
      const stored = await this.records.batch(batch);
      if (stored === undefined) return new Map();
      const leaves = stored.leaves;
      return new Map(
        batchAnchorings(stored).flatMap(({ leafHash, reference }, index) => {
          const leaf = leaves[index];
          return leaf === undefined ? [] : [[leafHash, { leaf, reference }] as const];
        }),
      );
    } catch (error) {
      this.#kept.delete(name);
      throw error;
    }
  }
}
