import type { common } from '@hyperledger/fabric-protos';
import { BoundedMap } from '../identity/index.js';
import type { Endorsed, EndorsementInterest, Endorser } from '../endorser/index.js';
import { combinedLayouts, policyKey, type Layout } from '../policy/index.js';
import type { Endorsement } from '../wire/index.js';
import { detailOf } from './answers.js';
import type { ErrorDetail } from './rpc-error.js';

const layoutCache = new BoundedMap<string, readonly Layout[]>(1_000);

/** Layouts of a set of policies; computed once a set, as few sets occur and one costs milliseconds. */
function layoutsOf(policies: readonly common.SignaturePolicyEnvelope[]): readonly Layout[] {
  const key = policies.map(policyKey).sort().join('|');
  let layouts = layoutCache.get(key);
  if (layouts === undefined) {
    layouts = combinedLayouts(policies);
    layoutCache.set(key, layouts);
  }
  return layouts;
}

/** Peers by organisation, in the order in which they are asked. */
export type PeersByOrg = ReadonlyMap<string, readonly Endorser[]>;

/** Organisations that together satisfy the interest, those with `preferred` first; empty: there is no such set. */
export function layoutsFor(
  interest: Pick<EndorsementInterest, 'policies'>,
  allowed: ReadonlySet<string> | undefined,
  peers: PeersByOrg,
  preferred: string,
): Layout[] {
  const usable = layoutsOf(interest.policies).filter((layout) =>
    [...layout].every(
      ([mspId, count]) =>
        (peers.get(mspId)?.length ?? 0) >= count && (allowed === undefined || allowed.has(mspId)),
    ),
  );
  return [
    ...usable.filter((layout) => layout.has(preferred)),
    ...usable.filter((layout) => !layout.has(preferred)),
  ];
}

/** Collects endorsements until one of several sets of organisations is complete. */
export class EndorsementPlan {
  readonly #layouts: readonly Layout[];
  readonly #peers: Map<string, Endorser[]>;
  readonly #endorsed = new Map<string, Endorsement[]>();
  readonly #exhausted = new Set<string>();
  readonly failures: ErrorDetail[] = [];
  #payload: Uint8Array | undefined;

  constructor(layouts: readonly Layout[], peers: PeersByOrg) {
    this.#layouts = layouts;
    this.#peers = new Map([...peers].map(([mspId, endorsers]) => [mspId, [...endorsers]]));
  }

  /** The payload that all endorsements so far sign. */
  get payload(): Uint8Array | undefined {
    return this.#payload;
  }

  /** Endorsements of the first complete set. */
  complete(): Endorsement[] | undefined {
    const layout = this.#layouts.find((candidate) => this.#missing(candidate).length === 0);
    if (layout === undefined) return undefined;
    return [...layout].flatMap(([mspId, count]) => (this.#endorsed.get(mspId) ?? []).slice(0, count));
  }

  /** Peers to ask next, for the first set that can still be completed; empty: there is none. */
  next(): Endorser[] {
    const layout = this.#layouts.find((candidate) =>
      this.#missing(candidate).every(
        ({ mspId, count }) => !this.#exhausted.has(mspId) && (this.#peers.get(mspId)?.length ?? 0) >= count,
      ),
    );
    if (layout === undefined) return [];
    return this.#missing(layout).flatMap(
      ({ mspId, count }) => this.#peers.get(mspId)?.splice(0, count) ?? [],
    );
  }

  /** @returns false where the payload is not the one that the others signed. */
  accept(endorser: Endorser, { payload, endorsement }: Endorsed): boolean {
    this.#payload ??= payload;
    if (Buffer.compare(this.#payload, payload) !== 0) {
      this.fail(endorser, 'ProposalResponsePayloads do not match');
      return false;
    }
    const others = this.#peers.get(endorser.mspId);
    const index = others?.indexOf(endorser) ?? -1;
    if (index !== -1) others?.splice(index, 1);
    const endorsements = this.#endorsed.get(endorser.mspId);
    if (endorsements === undefined) this.#endorsed.set(endorser.mspId, [endorsement]);
    else endorsements.push(endorsement);
    return true;
  }

  fail(endorser: Endorser, message: string): void {
    this.failures.push(detailOf(endorser, message));
    if ((this.#peers.get(endorser.mspId)?.length ?? 0) === 0) this.#exhausted.add(endorser.mspId);
  }

  #missing(layout: Layout): { mspId: string; count: number }[] {
    return [...layout]
      .map(([mspId, count]) => ({ mspId, count: count - (this.#endorsed.get(mspId)?.length ?? 0) }))
      .filter(({ count }) => count > 0);
  }
}
