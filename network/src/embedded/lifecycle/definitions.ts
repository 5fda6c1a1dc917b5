import { BoundedMap } from '../identity/index.js';
import type { ChaincodeDefinition, Height, Snapshot } from '../parts.js';
import type { ChannelPolicies } from '../policy/index.js';
import { chaincodeDefinition, LIFECYCLE, lifecycleDefinition } from './chaincode-definition.js';
import { DEFINITION_TYPE, NAMESPACES, readDefinition } from './definition-structures.js';
import { fieldKey, readAllMetadata, type RangeableState, type ReadableState } from './state-structure.js';

/** Definitions kept built. */
const CACHED = 1_000;
/** Fabric's: keys of `_lifecycle` are ASCII. */
const AFTER_ASCII = '\x7f';

const sequenceKey = (chaincode: string): string => fieldKey(NAMESPACES, chaincode, 'Sequence');

/** The channel's chaincode definitions, as `_lifecycle` wrote them to the state. */
export class Definitions {
  readonly #policies: ChannelPolicies;
  readonly #lifecycle: ChaincodeDefinition;
  /** A definition changes with its sequence: the version of that key names one for ever. */
  readonly #built = new BoundedMap<string, ChaincodeDefinition>(CACHED);

  constructor(policies: ChannelPolicies) {
    this.#policies = policies;
    this.#lifecycle = lifecycleDefinition(policies);
  }

  /** The definition in force at the snapshot's height; undefined where there is none. */
  at(snapshot: Snapshot, name: string): ChaincodeDefinition | undefined {
    if (name === LIFECYCLE) return this.#lifecycle;
    const version = snapshot.get(LIFECYCLE, sequenceKey(name))?.version;
    if (version === undefined) return undefined;
    const key = cacheKey(name, version);
    let definition = this.#built.get(key);
    if (definition === undefined) {
      const found = readDefinition(committedState(snapshot), name);
      if (found === undefined) return undefined;
      definition = chaincodeDefinition(
        name,
        found,
        { namespace: LIFECYCLE, key: sequenceKey(name), version },
        this.#policies,
      );
      this.#built.set(key, definition);
    }
    return definition;
  }
}

/** Names of the chaincodes that are defined. */
export function definedNames(snapshot: Snapshot): string[] {
  return readAllMetadata(committedState(snapshot), NAMESPACES)
    .filter(({ metadata }) => metadata.getDatatype() === DEFINITION_TYPE)
    .map(({ name }) => name);
}

/** The public state of `_lifecycle`, without leaving a trace in a read set. */
export function committedState(snapshot: Snapshot): ReadableState & RangeableState {
  return {
    get: (key) => snapshot.get(LIFECYCLE, key)?.value,
    range: (prefix) => snapshot.range(LIFECYCLE, prefix, `${prefix}${AFTER_ASCII}`),
  };
}

function cacheKey(name: string, { block, transaction }: Height): string {
  return `${name}@${String(block)}.${String(transaction)}`;
}
