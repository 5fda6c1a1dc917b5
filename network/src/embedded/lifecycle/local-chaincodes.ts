import { createHash } from 'node:crypto';
import type { ChaincodeDefinition, ChannelLedger, Snapshot } from '../parts.js';
import { implicitCollection, LIFECYCLE } from './chaincode-definition.js';
import {
  NAMESPACES,
  packageStructure,
  parametersStructure,
  privateName,
  readDefinition,
  SOURCES,
} from './definition-structures.js';
import { committedState, definedNames } from './definitions.js';
import { encodeField, fieldKey, hasShape, mismatches, type OpaqueState } from './state-structure.js';

/** How a committed chaincode stands with one organisation. */
export interface LocalChaincode {
  readonly definition: ChaincodeDefinition;
  /** The organisation approved this very definition. */
  readonly isApproved: boolean;
  /** SHA-256 (hex) of the package id it approved, as the state has it; undefined where it named none. */
  readonly packageHash: string | undefined;
}

/** The chaincodes of a channel as one organisation's peers see them; read anew whenever `_lifecycle` changed. */
export class LocalChaincodes {
  readonly #ledger: ChannelLedger;
  readonly #mspId: string;
  #revision = -1;
  #chaincodes: ReadonlyMap<string, LocalChaincode> = new Map();

  constructor(ledger: ChannelLedger, mspId: string) {
    this.#ledger = ledger;
    this.#mspId = mspId;
  }

  get(name: string): LocalChaincode | undefined {
    return this.all().get(name);
  }

  /** By name. */
  all(): ReadonlyMap<string, LocalChaincode> {
    const { lifecycleRevision } = this.#ledger;
    if (lifecycleRevision !== this.#revision) {
      const snapshot = this.#ledger.snapshot();
      try {
        this.#chaincodes = this.#read(snapshot);
        this.#revision = lifecycleRevision;
      } finally {
        snapshot.close();
      }
    }
    return this.#chaincodes;
  }

  #read(snapshot: Snapshot): Map<string, LocalChaincode> {
    const own: OpaqueState = {
      mspId: this.#mspId,
      hash: (key) =>
        snapshot.getPrivateHash(LIFECYCLE, implicitCollection(this.#mspId), sha256(Buffer.from(key)))?.hash,
    };
    const found = new Map<string, LocalChaincode>();
    for (const name of definedNames(snapshot)) {
      const definition = this.#ledger.chaincode(name, snapshot);
      const committed = readDefinition(committedState(snapshot), name);
      if (definition === undefined || committed === undefined) continue;
      const key = privateName(name, definition.sequence);
      const hash = hasShape(own, SOURCES, key, packageStructure(''))
        ? own.hash(fieldKey(SOURCES, key, 'PackageID'))
        : undefined;
      found.set(name, {
        definition,
        isApproved: mismatches(own, NAMESPACES, key, parametersStructure(committed)).length === 0,
        packageHash: hash && Buffer.from(hash).toString('hex'),
      });
    }
    return found;
  }
}

/** How the state has a package id that an organisation keeps to itself, in hex. */
export function packageIdHash(packageId: string): string {
  return sha256(encodeField({ text: packageId })).toString('hex');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
