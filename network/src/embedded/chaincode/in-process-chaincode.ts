import { resolve } from 'node:path';
import { ChaincodeError } from './chaincode-error.js';
import { InProcessRuntime } from './in-process-runtime.js';
import type { ChaincodeRuntime } from './runtime.js';
import { loadShimLibrary } from './shim-library.js';

/** A contract package that runs in this process. */
export interface InProcessPackage {
  readonly name: string;
  readonly version: string;
  /** Folder of the package; its `main` exports `contracts`. */
  readonly path: string;
}

/** A contract package loaded into this process. */
export interface InProcessChaincode {
  /** `name:version`, as of chaincode that dials in. */
  readonly id: string;
  /** What runs it for one peer. @param executeTimeoutMs how long one transaction may run; Fabric's default is 30 s */
  start(executeTimeoutMs?: number): ChaincodeRuntime;
}

/**
 * Loads a contract package, as `fabric-chaincode-node` loads it, and runs it under the shim that it brings: the shim's
 * own stub and contract API, without a stream. A fault of the contract is a fault of this process: it can
 * block the ledger, end it or read its memory.
 * @throws ChaincodeError (BAD_PACKAGE).
 */
export async function loadChaincode({ name, version, path }: InProcessPackage): Promise<InProcessChaincode> {
  const folder = resolve(path);
  try {
    const shim = withoutNewListeners(() => loadShimLibrary(folder));
    const chaincode = await shim.newChaincode();
    return {
      id: `${name}:${version}`,
      start: (executeTimeoutMs) => new InProcessRuntime(shim, chaincode, executeTimeoutMs),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChaincodeError(
      'BAD_PACKAGE',
      `chaincode ${name} cannot be run in the ledger's process from ${folder}: ${reason}`,
      { cause },
    );
  }
}

const PROCESS_EVENTS = ['unhandledRejection', 'uncaughtException'] as const;

/** The shim's logger takes unhandled errors of the whole process for its own: they stay the ledger's. */
function withoutNewListeners<T>(load: () => T): T {
  const before = PROCESS_EVENTS.map((event) => new Set(process.rawListeners(event)));
  try {
    return load();
  } finally {
    for (const [index, event] of PROCESS_EVENTS.entries()) {
      for (const listener of process.rawListeners(event)) {
        if (before[index]?.has(listener) !== true) process.removeListener(event, listener as () => void);
      }
    }
  }
}
