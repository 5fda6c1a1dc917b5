import type { ChaincodeRuntime, PeerChaincodes } from '../chaincode/index.js';
import type { ChaincodeDefinition, ChannelLedger, Channels } from '../parts.js';
import { LocalChaincodes, packageIdHash, type LocalChaincode } from './local-chaincodes.js';
import type { InstalledPackage, Packages } from './package-functions.js';

export interface PeerLifecycleOptions {
  readonly mspId: string;
  /** Those that the peer has joined. */
  readonly channels: Channels;
  readonly chaincodes: PeerChaincodes;
}

/** What one peer runs: the definitions that its organisation approved, with the packages that are installed here. */
export class PeerLifecycle implements Packages {
  readonly #options: PeerLifecycleOptions;
  readonly #local: ReadonlyMap<string, LocalChaincodes>;
  readonly #unsubscribe: (() => void)[] = [];
  /** Package ids by their hashes, as the state has them. */
  #packages = new Map<string, string>();

  constructor(options: PeerLifecycleOptions) {
    this.#options = options;
    this.#local = new Map(
      [...options.channels].map(([id, { ledger }]) => [id, new LocalChaincodes(ledger, options.mspId)]),
    );
    this.#readPackages();
  }

  /** Dials what can run now, and from then on what can run after a block or an installation. */
  start(): void {
    this.#dialAll();
    for (const { ledger } of this.#options.channels.values()) {
      let revision = ledger.lifecycleRevision;
      this.#unsubscribe.push(
        ledger.onCommit(() => {
          if (ledger.lifecycleRevision === revision) return;
          revision = ledger.lifecycleRevision;
          this.#dialAll();
        }),
      );
    }
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  /** @throws an error in Fabric's words where the peer does not run that chaincode. */
  runtime(ledger: ChannelLedger, { name, sequence, version }: ChaincodeDefinition): ChaincodeRuntime {
    const local = this.#local.get(ledger.channelId)?.get(name);
    if (local?.definition.sequence !== sequence) {
      throw new Error(
        `chaincode cache at sequence ${String(local?.definition.sequence ?? 0)} but current sequence is ` +
          `${String(sequence)}, chaincode definition for '${name}' changed during invoke`,
      );
    }
    if (!local.isApproved) {
      throw new Error(
        `chaincode definition for '${name}' at sequence ${String(sequence)} on channel '${ledger.channelId}' ` +
          'has not yet been approved by this org',
      );
    }
    const { chaincodes } = this.#options;
    const packageId = this.#packageOf(local);
    // Fabric's name for a chaincode without a package: one that a developer runs, and that dials in.
    const runtime = chaincodes.runtime(packageId ?? `${name}:${version}`);
    if (runtime === undefined) {
      throw new Error(`chaincode definition for '${name}' exists, but chaincode is not installed`);
    }
    return runtime;
  }

  /** Whether that chaincode is committed, approved and runs here. */
  runs(ledger: ChannelLedger, name: string): boolean {
    const local = this.#local.get(ledger.channelId)?.get(name);
    if (local?.isApproved !== true) return false;
    const id = this.#packageOf(local) ?? `${name}:${local.definition.version}`;
    return this.#options.chaincodes.runtime(id) !== undefined;
  }

  /** The chaincodes of a channel that run here. */
  running(ledger: ChannelLedger): { name: string; version: string }[] {
    return [...(this.#local.get(ledger.channelId)?.all() ?? [])]
      .filter(([name]) => this.runs(ledger, name))
      .map(([name, { definition }]) => ({ name, version: definition.version }));
  }

  install(bytes: Uint8Array): Promise<InstalledPackage> {
    const installed = this.#options.chaincodes.install(bytes);
    this.#readPackages();
    this.#dialAll();
    return Promise.resolve(installed);
  }

  list(): readonly InstalledPackage[] {
    return this.#options.chaincodes.installed();
  }

  load(packageId: string): Uint8Array | undefined {
    return this.#options.chaincodes.load(packageId);
  }

  references(packageId: string): ReadonlyMap<string, readonly { name: string; version: string }[]> {
    const references = new Map<string, { name: string; version: string }[]>();
    for (const [channelId, local] of this.#local) {
      const running = [...local.all()].filter(
        ([, chaincode]) => chaincode.isApproved && this.#packageOf(chaincode) === packageId,
      );
      if (running.length === 0) continue;
      references.set(
        channelId,
        running.map(([name, { definition }]) => ({ name, version: definition.version })),
      );
    }
    return references;
  }

  #packageOf({ packageHash }: LocalChaincode): string | undefined {
    return packageHash && this.#packages.get(packageHash);
  }

  #readPackages(): void {
    this.#packages = new Map(this.list().map(({ packageId }) => [packageIdHash(packageId), packageId]));
  }

  #dialAll(): void {
    for (const local of this.#local.values()) {
      for (const chaincode of local.all().values()) {
        const packageId = chaincode.isApproved ? this.#packageOf(chaincode) : undefined;
        if (packageId !== undefined) this.#options.chaincodes.runtime(packageId);
      }
    }
  }
}
