import type { common } from '@hyperledger/fabric-protos';
import { BoundedMap } from '../identity/index.js';
import type { ChaincodeDefinition, Identity, MspManager, Snapshot } from '../parts.js';
import { compilePolicy, decodePolicy, signingIdentities, type CompiledPolicy } from '../policy/index.js';
import { collectionName, hashKey } from '../state/index.js';
import type { EndorserTransaction } from './endorser-transaction.js';
import { writesTo, type NamespaceSet } from './read-write-set.js';
import { Invalid } from './verdict.js';

const BUILT_IN_VALIDATION = 'vscc';
const VALIDATION_PARAMETER = 'VALIDATION_PARAMETER';

/** Compiled policies by their bytes, and the definitions' own by object. */
export class PolicyCache {
  readonly #byBytes = new BoundedMap<string, CompiledPolicy>(2_000);
  readonly #byEnvelope = new WeakMap<common.SignaturePolicyEnvelope, CompiledPolicy>();

  /** @throws PolicyError. */
  ofBytes(bytes: Uint8Array): CompiledPolicy {
    const key = Buffer.from(bytes).toString('latin1');
    let policy = this.#byBytes.get(key);
    if (policy === undefined) {
      policy = compilePolicy(decodePolicy(bytes));
      this.#byBytes.set(key, policy);
    }
    return policy;
  }

  ofEnvelope(envelope: common.SignaturePolicyEnvelope): CompiledPolicy {
    let policy = this.#byEnvelope.get(envelope);
    if (policy === undefined) {
      policy = compilePolicy(envelope);
      this.#byEnvelope.set(envelope, policy);
    }
    return policy;
  }
}

export interface EndorsementContext {
  readonly snapshot: Snapshot;
  readonly policies: PolicyCache;
  chaincode(name: string): ChaincodeDefinition | undefined;
}

const keyId = (namespace: string, collection: string, key: string): string =>
  `${collectionName(namespace, collection)}\0${key}`;

/** One block's endorsement checks: it remembers whose policy was changed by an earlier transaction of the block. */
export class EndorsementCheck {
  readonly #context: EndorsementContext;
  readonly #changedPolicies = new Set<string>();

  constructor(context: EndorsementContext) {
    this.#context = context;
  }

  /**
   * Checks the endorsements against the policies of all that the transaction writes: the key's own, else its
   * collection's, else the chaincode's.
   * @param msps Whose word counts for who the endorsers are.
   * @throws Invalid (ENDORSEMENT_POLICY_FAILURE, INVALID_CHAINCODE).
   */
  check(transaction: EndorserTransaction, msps: MspManager): void {
    const identities = endorsersOf(transaction, msps);
    const written = transaction.readWriteSet.filter(writesTo);
    this.#checkNamespace(
      transaction.chaincode,
      written.find((set) => set.namespace === transaction.chaincode),
      identities,
    );
    for (const set of written) {
      if (set.namespace !== transaction.chaincode) this.#checkNamespace(set.namespace, set, identities);
    }
    for (const set of written) this.#rememberPolicyChanges(set);
  }

  #checkNamespace(name: string, set: NamespaceSet | undefined, identities: readonly Identity[]): void {
    const definition = this.#context.chaincode(name);
    if (definition === undefined) throw new Invalid('INVALID_CHAINCODE', `chaincode ${name} is not defined`);
    const plugin = definition.validationPlugin;
    if (plugin !== BUILT_IN_VALIDATION) {
      throw new Invalid('INVALID_OTHER_REASON', `plugin with name ${plugin} wasn't found`);
    }
    const checked = new Set<string>();
    let checkedAny = false;
    const require = (policy: CompiledPolicy, what: string): void => {
      if (!policy(identities)) throw new Invalid('ENDORSEMENT_POLICY_FAILURE', `the policy of ${what} fails`);
      checkedAny = true;
    };
    const requireGeneral = (collection: string): void => {
      if (checked.has(collection)) return;
      const envelope =
        collection === '' ? definition.endorsementPolicy : collectionPolicy(definition, collection);
      const policy = this.#context.policies.ofEnvelope(envelope);
      require(policy, collection === '' ? `chaincode ${name}` : `collection ${collection}`);
      checked.add(collection);
    };
    const requireKey = (collection: string, key: string, parameter: Uint8Array | undefined): void => {
      if (this.#changedPolicies.has(keyId(name, collection, key))) {
        throw new Invalid('ENDORSEMENT_POLICY_FAILURE', "the key's policy was changed earlier in this block");
      }
      if (parameter === undefined || parameter.length === 0) requireGeneral(collection);
      else require(this.#keyPolicy(parameter), 'a key');
    };

    const publicKeys = [...(set?.writes ?? []), ...(set?.metadataWrites ?? [])].map((write) => write.key);
    for (const key of publicKeys) {
      const metadata = this.#context.snapshot.get(name, key)?.metadata;
      requireKey('', key, metadata?.get(VALIDATION_PARAMETER));
    }
    for (const collection of set?.collections ?? []) {
      for (const { keyHash } of [...collection.writes, ...collection.metadataWrites]) {
        const metadata = this.#context.snapshot.getPrivateHash(name, collection.name, keyHash)?.metadata;
        requireKey(collection.name, hashKey(keyHash), metadata?.get(VALIDATION_PARAMETER));
      }
    }
    // A transaction that writes nothing here still needs the chaincode's policy.
    if (!checkedAny) requireGeneral('');
  }

  #keyPolicy(parameter: Uint8Array): CompiledPolicy {
    try {
      return this.#context.policies.ofBytes(parameter);
    } catch (cause) {
      throw new Invalid('ENDORSEMENT_POLICY_FAILURE', "the key's policy cannot be read", { cause });
    }
  }

  #rememberPolicyChanges(set: NamespaceSet): void {
    for (const { key } of set.metadataWrites) this.#changedPolicies.add(keyId(set.namespace, '', key));
    for (const collection of set.collections) {
      for (const { keyHash } of collection.metadataWrites) {
        this.#changedPolicies.add(keyId(set.namespace, collection.name, hashKey(keyHash)));
      }
    }
  }
}

function endorsersOf(transaction: EndorserTransaction, msps: MspManager): Identity[] {
  const payload = transaction.proposalResponsePayload;
  return signingIdentities(
    msps,
    transaction.endorsements.map(({ endorser, signature }) => ({
      identity: endorser,
      message: Buffer.concat([payload, endorser]),
      signature,
    })),
  );
}

function collectionPolicy(
  definition: ChaincodeDefinition,
  collection: string,
): common.SignaturePolicyEnvelope {
  const found = definition.collection(collection);
  if (found === undefined) {
    throw new Invalid('ENDORSEMENT_POLICY_FAILURE', `no such collection ${collection}`);
  }
  return found.endorsementPolicy;
}
