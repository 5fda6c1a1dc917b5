import type { ChaincodeStub } from 'fabric-shim-api';
import { canonicalJson } from '../api/index.js';
import type { AssetKind } from './asset-kind.js';
import type { Changes } from './change-set.js';
import { refuse } from './errors.js';

/** Public assets: composite key [type, id…], value canonical JSON. What is put here every member can read. */
export class PublicStore {
  private readonly written = new Set<string>();

  constructor(
    private readonly stub: ChaincodeStub,
    private readonly changes: Changes,
  ) {}

  /** The asset, or undefined. Never this transaction's own write: Fabric does not show it. */
  async get<T>(kind: AssetKind<T>, ...ids: string[]): Promise<T | undefined> {
    const bytes = await this.stub.getState(this.key(kind, ids));
    if (bytes.length === 0) return undefined;
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
  }

  /** @throws ContractError NOT_FOUND */
  async require<T>(kind: AssetKind<T>, ...ids: string[]): Promise<T> {
    return (await this.get(kind, ...ids)) ?? refuse('NOT_FOUND', `no such ${kind.type}`);
  }

  /** @throws ContractError ALREADY_EXISTS */
  async requireAbsent<T>(kind: AssetKind<T>, ...ids: string[]): Promise<void> {
    if ((await this.get(kind, ...ids)) !== undefined) refuse('ALREADY_EXISTS', `${kind.type} exists`);
  }

  /**
   * Writes an asset and lists it in the event.
   * @throws Error where a function puts one key twice: a programming error, as the first write would be lost.
   */
  async put<T>(kind: AssetKind<T>, value: NoInfer<T>): Promise<void> {
    const ids = kind.key(value);
    const key = this.key(kind, ids);
    if (this.written.has(key)) throw new Error(`${kind.type} is written twice in one transaction`);
    this.written.add(key);
    await this.stub.putState(key, Buffer.from(canonicalJson(kind.shape.parse(value))));
    const { status, version } = value as { status?: string; version?: number };
    this.changes.add({ type: kind.type, id: ids[0] ?? kind.type, status, version: version ?? 1 });
  }

  /** Composite key of an asset, for key-level policies and history. */
  key<T>(kind: AssetKind<T>, ids: readonly string[]): string {
    return this.stub.createCompositeKey(kind.type, [...ids]);
  }
}
