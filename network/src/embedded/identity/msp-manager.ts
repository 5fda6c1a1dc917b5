import { msp as mspProtos } from '@hyperledger/fabric-protos';
import type { Identity, MspManager } from '../parts.js';
import { BoundedMap } from './bounded-map.js';
import { parseCertificate } from './certificate.js';
import { IdentityError } from './identity-error.js';
import { Msp } from './msp.js';
import { readMspDefinition } from './msp-definition.js';
import { X509Identity } from './x509-identity.js';

/** Identities kept parsed. A certificate of 900 bytes costs about 6 kB parsed. */
const MAX_CACHED_IDENTITIES = 5_000;
/** Far above any certificate; below it, equal bytes are cheap to compare. */
const MAX_IDENTITY_BYTES = 64 * 1024;

class KnownMsps implements MspManager {
  #msps: ReadonlyMap<string, Msp>;
  readonly #heedsRevocations: boolean;
  /** Those that have left the channel and may come back: identities refer to them. */
  readonly #ever: Map<string, Msp>;
  /** By the last bytes, which are the certificate's signature: a whole identity is long to look up. */
  #cache = new BoundedMap<string, X509Identity>(MAX_CACHED_IDENTITIES);

  constructor(msps: ReadonlyMap<string, Msp>, { heedsRevocations = true } = {}) {
    this.#msps = msps;
    this.#ever = new Map(msps);
    this.#heedsRevocations = heedsRevocations;
  }

  get mspIds(): readonly string[] {
    return [...this.#msps.keys()];
  }

  deserialize(serialized: Uint8Array): Identity {
    if (serialized.length === 0 || serialized.length > MAX_IDENTITY_BYTES) {
      throw new IdentityError('MALFORMED_IDENTITY', 'the identity is empty or oversized');
    }
    const key = endOf(serialized);
    const known = this.#cache.get(key);
    if (known !== undefined && Buffer.compare(known.serialized, serialized) === 0) return known;
    const identity = this.#parse(serialized);
    this.#cache.set(key, identity);
    return identity;
  }

  beforeRevocations(): MspManager {
    const msps = new Map([...this.#msps].map(([mspId, msp]) => [mspId, msp.beforeRevocations()]));
    return new KnownMsps(msps, { heedsRevocations: false });
  }

  configure(definitions: readonly mspProtos.FabricMSPConfig[]): void {
    const members = new Map<string, Msp>();
    for (const definition of definitions.map(readMspDefinition)) {
      const { mspId } = definition;
      const known = this.#ever.get(mspId);
      if (known === undefined) {
        const added = Msp.ofDefinition(definition, { heedsRevocations: this.#heedsRevocations });
        this.#ever.set(mspId, added);
        members.set(mspId, added);
      } else {
        known.configure(definition);
        members.set(mspId, known);
      }
    }
    for (const [mspId, msp] of this.#ever) if (!members.has(mspId)) msp.configure(undefined);
    this.#msps = members;
    this.#cache = new BoundedMap(MAX_CACHED_IDENTITIES);
  }

  #parse(serialized: Uint8Array): X509Identity {
    let message: mspProtos.SerializedIdentity;
    try {
      message = mspProtos.SerializedIdentity.deserializeBinary(serialized);
    } catch (cause) {
      throw new IdentityError('MALFORMED_IDENTITY', 'no serialized identity', { cause });
    }
    const msp = this.#msps.get(message.getMspid());
    if (msp === undefined) throw new IdentityError('UNKNOWN_MSP', `MSP ${message.getMspid()} is unknown`);
    return new X509Identity(msp, parseCertificate(message.getIdBytes_asU8()), Uint8Array.from(serialized));
  }
}

const END_BYTES = 96;

function endOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  const length = Math.min(byteLength, END_BYTES);
  return Buffer.from(buffer, byteOffset + byteLength - length, length).toString('latin1');
}

/**
 * Opens the organisations' MSP folders. Revocation lists are re-read when they change on disk.
 * @throws IdentityError (MSP_FOLDER) naming the folder that cannot be used.
 */
export function openMsps(folders: readonly { mspId: string; dir: string }[]): MspManager {
  return new KnownMsps(new Map(folders.map(({ mspId, dir }) => [mspId, Msp.ofFolder(mspId, dir)])));
}
