import { createHash } from 'node:crypto';
import type { common } from '@hyperledger/fabric-protos';
import type { ChaincodeDefinition, CollectionDefinition } from '../parts.js';
import { anyMemberOf } from '../policy/index.js';

const IMPLICIT_PREFIX = '_implicit_org_';

/** Collections of one chaincode by name, with the implicit ones of every organisation. */
export class Collections {
  readonly #explicit: ReadonlyMap<string, CollectionDefinition>;
  readonly #mspIds: ReadonlySet<string>;

  /** @param mspIds Organisations of the channel. */
  constructor(definition: ChaincodeDefinition, mspIds: Iterable<string>) {
    this.#explicit = new Map(definition.collections.map((collection) => [collection.name, collection]));
    this.#mspIds = new Set(mspIds);
  }

  /** The same object for the same definition: a transaction does not build it anew. */
  static of(definition: ChaincodeDefinition, mspIds: readonly string[]): Collections {
    let collections = known.get(definition);
    if (collections === undefined) {
      collections = new Collections(definition, mspIds);
      known.set(definition, collections);
    }
    return collections;
  }

  get(name: string): CollectionDefinition | undefined {
    const explicit = this.#explicit.get(name);
    if (explicit !== undefined || !name.startsWith(IMPLICIT_PREFIX)) return explicit;
    const mspId = name.slice(IMPLICIT_PREFIX.length);
    return this.#mspIds.has(mspId) ? implicit(name, mspId) : undefined;
  }

  isMember(name: string, mspId: string): boolean {
    return this.get(name)?.memberOrgs.includes(mspId) ?? false;
  }
}

const known = new WeakMap<ChaincodeDefinition, Collections>();
const implicitCollections = new Map<string, CollectionDefinition>();

function implicit(name: string, mspId: string): CollectionDefinition {
  let collection = implicitCollections.get(name);
  if (collection === undefined) {
    collection = {
      name,
      memberOrgs: [mspId],
      memberOnlyRead: false,
      memberOnlyWrite: false,
      blockToLive: 0,
      requiredPeerCount: 0,
      maxPeerCount: 0,
      endorsementPolicy: anyMemberOf([mspId]),
    };
    implicitCollections.set(name, collection);
  }
  return collection;
}

const keys = new WeakMap<common.SignaturePolicyEnvelope, string>();

/** Equal for equal policies. */
export function policyKey(policy: common.SignaturePolicyEnvelope): string {
  let key = keys.get(policy);
  if (key === undefined) {
    key = createHash('sha256').update(policy.serializeBinary()).digest('base64');
    keys.set(policy, key);
  }
  return key;
}
