import { ChaincodeError } from './chaincode-error.js';
import { parsePackage } from './chaincode-package.js';
import { ChaincodeService } from './chaincode-service.js';
import { ChaincodeSession, type MessageStream } from './chaincode-session.js';
import { dialOptions } from './connection.js';
import type { InProcessChaincode } from './in-process-chaincode.js';
import type { PackageStore } from './package-store.js';
import { RegisteredChaincode } from './registered-chaincode.js';
import type { ChaincodeRuntime } from './runtime.js';

export interface PeerChaincodesOptions {
  readonly store: PackageStore;
  readonly executeTimeoutMs?: number;
  readonly log?: (message: string, facts: Record<string, unknown>) => void;
}

/** The chaincodes of one peer by their ids: packages that it dials, and what dialled in. Of use again after `close`. */
export class PeerChaincodes {
  readonly #options: PeerChaincodesOptions;
  readonly #dialled = new Map<string, ChaincodeService>();
  readonly #registered = new Map<string, ChaincodeRuntime>();

  constructor(options: PeerChaincodesOptions) {
    this.#options = options;
  }

  /**
   * Keeps a package, once it is known that it can be run.
   * @throws ChaincodeError (BAD_PACKAGE, INSTALLED) in Fabric's words.
   */
  install(bytes: Uint8Array): { packageId: string; label: string } {
    const parsed = wrapped('could not parse as a chaincode install package', () => parsePackage(bytes));
    wrapped('could not build chaincode', () => dialOptions(parsed));
    const { store } = this.#options;
    const { label } = parsed;
    const known = store.list().map(({ packageId }) => packageId);
    const packageId = store.save(label, bytes);
    if (known.includes(packageId)) {
      throw new ChaincodeError(
        'INSTALLED',
        `chaincode already successfully installed (package ID '${packageId}')`,
      );
    }
    return { packageId, label };
  }

  /** Ids and labels, sorted. */
  installed(): { packageId: string; label: string }[] {
    return this.#options.store.list();
  }

  load(packageId: string): Uint8Array | undefined {
    return this.#options.store.load(packageId);
  }

  /** What runs the chaincode of that id; a package is dialled now where it was not before. */
  runtime(chaincodeId: string): ChaincodeRuntime | undefined {
    return this.#registered.get(chaincodeId) ?? this.#dialled.get(chaincodeId) ?? this.#dial(chaincodeId);
  }

  /**
   * Takes the stream of a chaincode that dialled in: under the id of a package, or as `name:version`. As on a Fabric
   * peer in development mode it need not be expected: it may come before its definition.
   */
  accept(stream: MessageStream): void {
    let id = '';
    const session: ChaincodeSession = new ChaincodeSession(stream, {
      executeTimeoutMs: this.#options.executeTimeoutMs,
      onRegister: (chaincodeId) => {
        this.#checkRegistration(chaincodeId);
        id = chaincodeId;
        this.#registered.set(id, new RegisteredChaincode(session));
        this.#log(true, id, 'dialled in');
      },
      onEnd: (reason) => {
        if (id === '') {
          this.#options.log?.('chaincode refused', { reason });
          return;
        }
        this.#registered.delete(id);
        this.#log(false, id, reason);
      },
    });
  }

  /**
   * Runs a chaincode of this process, until `close`, as if it had dialled in.
   * @throws ChaincodeError (REFUSED) where one of that id is there already.
   */
  host({ id, start }: InProcessChaincode): void {
    this.#checkRegistration(id);
    this.#registered.set(id, start(this.#options.executeTimeoutMs));
    this.#log(true, id, "runs in the ledger's process");
  }

  async close(): Promise<void> {
    const all = [...this.#registered.values(), ...this.#dialled.values()];
    await Promise.all(all.map((runtime) => runtime.close()));
    this.#registered.clear();
    this.#dialled.clear();
  }

  #dial(packageId: string): ChaincodeService | undefined {
    const bytes = this.#options.store.load(packageId);
    if (bytes === undefined) return undefined;
    const service = new ChaincodeService({
      packageId,
      ...dialOptions(parsePackage(bytes)),
      executeTimeoutMs: this.#options.executeTimeoutMs,
      onStateChange: (connected, reason) => {
        this.#log(connected, packageId, reason);
      },
    });
    this.#dialled.set(packageId, service);
    return service;
  }

  /** @throws ChaincodeError (REFUSED) in Fabric's words where that chaincode is there already. */
  #checkRegistration(chaincodeId: string): void {
    if (this.#registered.has(chaincodeId) || this.#dialled.get(chaincodeId)?.isReady === true) {
      throw new ChaincodeError('REFUSED', `duplicate chaincodeID: ${chaincodeId}`);
    }
  }

  #log(connected: boolean, chaincode: string, reason: string): void {
    this.#options.log?.(connected ? 'chaincode registered' : 'chaincode stream lost', { chaincode, reason });
  }
}

function wrapped<T>(wording: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ChaincodeError)) throw error;
    throw new ChaincodeError('BAD_PACKAGE', `${wording}: ${error.message}`);
  }
}
