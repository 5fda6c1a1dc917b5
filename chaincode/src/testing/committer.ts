import type { Collection, EndorsementPolicy } from './policies.js';
import { keyLevelPolicy } from './policies.js';
import type { ReadWriteSet } from './simulation.js';
import { privateKey, rangeOf, sha256, type Versioned, type WorldState } from './state.js';
import { CommitFailed } from './world-errors.js';

export interface Transaction {
  readonly txId: string;
  readonly at: Date;
  readonly set: ReadWriteSet;
  /** MSP ids of the endorsers. */
  readonly endorsers: ReadonlySet<string>;
}

/** Validates and applies transactions one a block, by Fabric's rules for policies, reads and writes. */
export class Committer {
  #height = 0;

  constructor(
    private readonly state: WorldState,
    private readonly chaincodePolicy: EndorsementPolicy,
    private readonly collections: ReadonlyMap<string, Collection>,
  ) {}

  /** @throws CommitFailed with Fabric's validation code. */
  commit(transaction: Transaction): void {
    this.#checkPolicies(transaction);
    this.#checkReads(transaction.set);
    this.#apply(transaction, ++this.#height);
  }

  /**
   * A key with a policy of its own is checked against that alone; any other public key against the chaincode's;
   * a private key against its own, else its collection's. The chaincode's rules where nothing was written.
   */
  #checkPolicies({ set, endorsers }: Transaction): void {
    const { values, hashes } = this.state;
    let checked = false;
    const check = (policy: EndorsementPolicy, what: string) => {
      checked = true;
      if (!policy(endorsers)) {
        throw new CommitFailed('ENDORSEMENT_POLICY_FAILURE', `${what} by ${[...endorsers].join(', ')}`);
      }
    };
    const ofKey = (found: Versioned | undefined, otherwise: EndorsementPolicy) =>
      found?.policy === undefined ? otherwise : keyLevelPolicy(found.policy);
    for (const key of [...set.writes.keys(), ...set.policies.keys()]) {
      check(ofKey(values.get(key), this.chaincodePolicy), printable(key));
    }
    for (const [place, { collection }] of [...set.privateWrites, ...set.privatePolicies]) {
      const otherwise = this.collections.get(collection)?.policy ?? this.chaincodePolicy;
      check(ofKey(hashes.get(place), otherwise), `a key of ${collection}`);
    }
    if (!checked) check(this.chaincodePolicy, 'the chaincode');
  }

  #checkReads(set: ReadWriteSet): void {
    const { values, hashes } = this.state;
    for (const [key, version] of set.reads) {
      if ((values.get(key)?.version ?? 0) !== version)
        throw new CommitFailed('MVCC_READ_CONFLICT', printable(key));
    }
    for (const [place, version] of set.hashedReads) {
      if ((hashes.get(place)?.version ?? 0) !== version)
        throw new CommitFailed('MVCC_READ_CONFLICT', printable(place));
    }
    for (const { start, end, found } of set.ranges) {
      const now = rangeOf(values, start, end).map(([key, { version }]) => [key, version]);
      if (JSON.stringify(now) !== JSON.stringify(found)) {
        throw new CommitFailed('PHANTOM_READ_CONFLICT', printable(start));
      }
    }
  }

  #apply({ txId, at, set }: Transaction, version: number): void {
    const { values, hashes, history } = this.state;
    for (const [key, { value }] of set.writes) {
      store(values, key, value, version);
      const entry = { txId, value: value ?? Buffer.alloc(0), isDelete: value === undefined, at };
      history.set(key, [...(history.get(key) ?? []), entry]);
    }
    for (const [place, { value }] of set.privateWrites) {
      store(hashes, place, value && sha256(value), version);
    }
    setPolicies(values, set.policies, version);
    setPolicies(
      hashes,
      new Map([...set.privatePolicies].map(([place, { policy }]) => [place, policy])),
      version,
    );
    for (const { collection, key, value } of set.privateWrites.values()) {
      const place = privateKey(collection, key);
      for (const member of this.collections.get(collection)?.members ?? []) {
        if (value === undefined) this.state.plaintextsOf(member).delete(place);
        else this.state.plaintextsOf(member).set(place, value);
      }
    }
  }
}

function store(
  entries: Map<string, Versioned>,
  key: string,
  value: Buffer | undefined,
  version: number,
): void {
  if (value === undefined) entries.delete(key);
  else entries.set(key, { ...entries.get(key), value, version });
}

/** A policy of a key that does not exist is dropped, as a peer does. */
function setPolicies(
  entries: Map<string, Versioned>,
  policies: ReadonlyMap<string, Buffer>,
  version: number,
): void {
  for (const [key, policy] of policies) {
    const found = entries.get(key);
    if (found !== undefined) entries.set(key, { ...found, policy, version });
  }
}

function printable(key: string): string {
  return key.replaceAll('\u0000', '/');
}
