import type { Context } from 'fabric-contract-api';
import type { ChaincodeStub } from 'fabric-shim-api';
import type { directory } from '../api/index.js';
import { Caller } from './caller.js';
import { Changes } from './change-set.js';
import { refuse } from './errors.js';
import { CONSORTIUM } from './kinds.js';
import { careStore, type PrivateStore } from './private-store.js';
import { PublicStore } from './public-store.js';
import { later } from './time.js';

/** What a rule needs of one transaction; made anew for each, holds nothing between two. */
export class Transaction {
  private constructor(
    readonly stub: ChaincodeStub,
    readonly assets: PublicStore,
    readonly care: PrivateStore,
    readonly changes: Changes,
    readonly caller: Caller,
    private readonly founded: directory.Consortium | undefined,
  ) {}

  /** @throws ContractError where the caller's certificate lacks role or subject. */
  static async begin(ctx: Context): Promise<Transaction> {
    const { stub } = ctx;
    const changes = new Changes();
    const assets = new PublicStore(stub, changes);
    const founded = await assets.get(CONSORTIUM);
    const caller = new Caller(ctx.clientIdentity, founded, assets);
    return new Transaction(stub, assets, careStore(stub), changes, caller, founded);
  }

  get isFounded(): boolean {
    return this.founded !== undefined;
  }

  /** @throws ContractError NOT_FOUNDED */
  get consortium(): directory.Consortium {
    return this.founded ?? refuse('NOT_FOUNDED', 'the consortium is not founded');
  }

  get channel(): string {
    return this.stub.getChannelID();
  }

  /** The client's timestamp, which peers hold within 15 minutes of their clocks. */
  get timestamp(): string {
    return this.stub.getDateTimestamp().toISOString();
  }

  /**
   * Time as an asset sees it: never before its last change, so that a client whose clock is ahead cannot lock it
   * and one whose clock is behind cannot undo an expiry that was already seen.
   */
  timeFor(...previous: (string | undefined)[]): string {
    return previous.reduce<string>((time, instant) => later(time, instant ?? time), this.timestamp);
  }

  /** The next version of an asset, with this transaction's time. */
  next<T extends { version: number; updatedAt: string }>(asset: T, change: Partial<T>): T {
    return { ...asset, ...change, version: asset.version + 1, updatedAt: this.timeFor(asset.updatedAt) };
  }

  /** @throws ContractError NOT_FOUND where no member has that name. */
  organisation(name: string): directory.Organisation {
    return (
      this.consortium.organisations.find((organisation) => organisation.name === name) ??
      refuse('NOT_FOUND', 'no such organisation')
    );
  }
}
