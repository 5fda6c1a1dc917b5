import { peer, type common } from '@hyperledger/fabric-protos';
import type { ChaincodeDefinition } from '../parts.js';
import { decodePolicy, policyKey } from '../policy/index.js';
import { SYSTEM_CHAINCODES } from './system-chaincode.js';

/** Whose endorsement a simulated transaction needs. */
export interface EndorsementInterest {
  /** Every one has to be satisfied. */
  readonly policies: readonly common.SignaturePolicyEnvelope[];
  /** Organisations that can simulate it: members of all collections that it read; undefined: any. */
  readonly readers: ReadonlySet<string> | undefined;
  /** Organisations that may see its private values: members of all collections that it read or wrote. */
  readonly members: ReadonlySet<string> | undefined;
  /** Collections written but not read, which is what `members` adds to `readers`. */
  readonly writtenOnly: readonly string[];
  /** The same as Fabric's peers tell it to clients, who ask the discovery service with it. */
  message(): peer.ChaincodeInterest;
}

/** The keys a transaction wrote in one chaincode's namespace, as `noteWrite` collects them. */
export class InterestCollector {
  readonly #namespaces = new Map<string, NamespaceWrites>();

  touch(definition: ChaincodeDefinition): NamespaceWrites {
    let writes = this.#namespaces.get(definition.name);
    if (writes === undefined) {
      writes = new NamespaceWrites(definition);
      this.#namespaces.set(definition.name, writes);
    }
    return writes;
  }

  /**
   * By Fabric's rules: key-level policies replace the collection's, which replaces the chaincode's.
   * @param namespaces Those that occur in the transaction's reads and writes: no other counts.
   */
  build(namespaces: ReadonlySet<string>): EndorsementInterest {
    const [invoked] = this.#namespaces.values();
    for (const name of this.#namespaces.keys()) if (!namespaces.has(name)) this.#namespaces.delete(name);
    const policies = new Map<string, common.SignaturePolicyEnvelope>();
    let readers: ReadonlySet<string> | undefined;
    let members: ReadonlySet<string> | undefined;
    const writtenOnly: string[] = [];
    for (const [name, writes] of this.#namespaces) {
      // The state of `_lifecycle` is under its own policy, which a transaction of another chaincode does not meet.
      if (SYSTEM_CHAINCODES.includes(name)) continue;
      for (const policy of writes.policies()) policies.set(policyKey(policy), policy);
      for (const { name, orgs, read } of writes.collectionsUsed()) {
        members = intersect(members, orgs);
        if (read) readers = intersect(readers, orgs);
        else writtenOnly.push(name);
      }
    }
    if (policies.size === 0) invoked?.addGeneral(policies);
    return {
      policies: [...policies.values()],
      readers,
      members,
      writtenOnly,
      message: () => this.#message(),
    };
  }

  #message(): peer.ChaincodeInterest {
    const message = new peer.ChaincodeInterest();
    const calls = [...this.#namespaces]
      .filter(([name]) => !SYSTEM_CHAINCODES.includes(name))
      .flatMap(([, writes]) => writes.calls());
    message.setChaincodesList(calls);
    return message;
  }
}

export class NamespaceWrites {
  readonly #definition: ChaincodeDefinition;
  readonly #keyPolicies: common.SignaturePolicyEnvelope[] = [];
  /** Collection (empty: public) → whether its own policy is needed, since a key without one was written. */
  readonly #policyNeeded = new Map<string, boolean>();
  readonly #readCollections = new Set<string>();
  #wrote = false;

  constructor(definition: ChaincodeDefinition) {
    this.#definition = definition;
  }

  /** @param keyPolicy The committed VALIDATION_PARAMETER of the key. */
  noteWrite(collection: string, keyPolicy: Uint8Array | undefined): void {
    this.#wrote = true;
    // An empty one is none, to the committer too.
    if (keyPolicy === undefined || keyPolicy.length === 0) this.#policyNeeded.set(collection, true);
    else {
      this.#keyPolicies.push(decodePolicy(keyPolicy));
      if (!this.#policyNeeded.has(collection)) this.#policyNeeded.set(collection, false);
    }
  }

  notePrivateRead(collection: string): void {
    this.#readCollections.add(collection);
  }

  /** The chaincode's own policy, for the invoked one where nothing else asks for any. */
  addGeneral(policies: Map<string, common.SignaturePolicyEnvelope>): void {
    const { endorsementPolicy } = this.#definition;
    policies.set(policyKey(endorsementPolicy), endorsementPolicy);
  }

  policies(): common.SignaturePolicyEnvelope[] {
    const { endorsementPolicy } = this.#definition;
    const found = [...this.#keyPolicies];
    if (!this.#wrote || this.#policyNeeded.get('') === true) found.push(endorsementPolicy);
    for (const name of this.#collectionNames()) {
      if (this.#policyNeeded.get(name) === false && !this.#readCollections.has(name)) continue;
      found.push(this.#definition.collection(name)?.endorsementPolicy ?? endorsementPolicy);
    }
    return found;
  }

  collectionsUsed(): { name: string; orgs: readonly string[]; read: boolean }[] {
    return this.#collectionNames().map((name) => ({
      name,
      orgs: this.#definition.collection(name)?.memberOrgs ?? [],
      read: this.#readCollections.has(name),
    }));
  }

  /** One for the public state, and one for each collection. */
  calls(): peer.ChaincodeCall[] {
    const needsOwnPolicy = !this.#wrote || this.#policyNeeded.get('') === true;
    const calls: peer.ChaincodeCall[] = [];
    if (needsOwnPolicy || this.#keyPolicies.length > 0) {
      const call = new peer.ChaincodeCall();
      call.setName(this.#definition.name);
      call.setKeyPoliciesList(this.#keyPolicies);
      call.setDisregardNamespacePolicy(!needsOwnPolicy);
      calls.push(call);
    }
    for (const name of this.#collectionNames()) {
      const call = new peer.ChaincodeCall();
      call.setName(this.#definition.name);
      call.setCollectionNamesList([name]);
      call.setNoPrivateReads(!this.#readCollections.has(name));
      calls.push(call);
    }
    return calls;
  }

  #collectionNames(): string[] {
    const names = new Set([...this.#policyNeeded.keys(), ...this.#readCollections]);
    names.delete('');
    return [...names];
  }
}

function intersect(a: ReadonlySet<string> | undefined, b: readonly string[]): ReadonlySet<string> {
  return new Set(a === undefined ? b : b.filter((entry) => a.has(entry)));
}
