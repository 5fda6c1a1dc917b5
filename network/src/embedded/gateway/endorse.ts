import { status } from '@grpc/grpc-js';
import {
  EndorserError,
  type Endorsed,
  type EndorsementInterest,
  type Endorser,
  type Proposal,
} from '../endorser/index.js';
import type { Identity } from '../parts.js';
import { writeEndorseResponse, type ProposalRequest } from '../wire/index.js';
import {
  deadlineIn,
  detailOf,
  refusalText,
  refusedBy,
  requireCreator,
  requireProposal,
  withinDeadline,
} from './answers.js';
import { EndorsementPlan, layoutsFor, type PeersByOrg } from './endorsement-plan.js';
import type { GatewayChannels, GatewayContext } from './gateway-context.js';
import { preparedTransaction } from './prepared-transaction.js';
import { RpcError, type ErrorDetail } from './rpc-error.js';

const FIRST_FAILED = 'failed to endorse transaction, see attached details for more info';
const COLLECT_FAILED =
  'failed to collect enough transaction endorsements, see attached details for more info';
const NO_COMBINATION = 'no combination of peers can be derived which satisfy the endorsement policy';
const TIMED_OUT = 'endorsement timeout expired while collecting';

/**
 * Collects as many endorsements as the policies want.
 * @returns a marshalled EndorseResponse with the transaction to sign.
 * @throws RpcError.
 */
export async function endorse(
  { proposedTransaction, organizations }: ProposalRequest,
  channels: GatewayChannels,
): Promise<Uint8Array> {
  if ((proposedTransaction?.proposalBytes.length ?? 0) === 0) {
    throw new RpcError(status.INVALID_ARGUMENT, 'the proposed transaction must contain a signed proposal');
  }
  const proposal = requireProposal(proposedTransaction, '');
  const context = channels.get(proposal.channelId);
  if (context === undefined) throw unknownChannel(proposal, organizations);
  const deadline = deadlineIn(context.endorsementTimeoutMs);
  try {
    const call = new EndorseCall(proposal, context, deadline.expired);
    return writeEndorseResponse(
      organizations.length > 0 ? await call.byNamed(organizations) : await call.byPolicy(),
    );
  } finally {
    deadline.cancel();
  }
}

/** Fabric finds no peers on a channel that it does not know, and so nobody who could endorse. */
function unknownChannel(proposal: Proposal, organisations: readonly string[]): RpcError {
  return organisations.length > 0 ? noPeersOf(organisations) : nobodyOfOwn(proposal);
}

/** The own organisation cannot endorse: transient data stays here, and where nobody knows the chaincode that is all. */
function nobodyOfOwn({ hasTransient, chaincode, channelId }: Proposal): RpcError {
  return new RpcError(
    status.FAILED_PRECONDITION,
    hasTransient
      ? "no endorsers found in the gateway's organization; retry specifying endorsing organization(s) to protect transient data"
      : `${NO_COMBINATION}: No metadata was found for chaincode ${chaincode} in channel ${channelId}`,
  );
}

function noPeersOf(organisations: readonly string[]): RpcError {
  return new RpcError(
    status.UNAVAILABLE,
    `failed to find any endorsing peers for org(s): ${organisations.join(', ')}`,
  );
}

class EndorseCall {
  readonly #proposal: Proposal;
  readonly #context: GatewayContext;
  readonly #expired: Promise<undefined>;
  readonly #peers: PeersByOrg;

  constructor(proposal: Proposal, context: GatewayContext, expired: Promise<undefined>) {
    this.#proposal = proposal;
    this.#context = context;
    this.#expired = expired;
    const { channelId, chaincode } = proposal;
    this.#peers = peersByOrg(context, (endorser) => endorser.runs(channelId, chaincode));
  }

  /** One endorsement of each organisation that the client names; whether they suffice is the client's affair. */
  async byNamed(organisations: readonly string[]): Promise<Uint8Array> {
    const missing = organisations.filter((mspId) => !this.#peers.has(mspId));
    if (missing.length > 0) throw noPeersOf(missing);
    const layout = new Map(organisations.map((mspId) => [mspId, 1]));
    const asked = [...layout.keys()].flatMap((mspId) => this.#peers.get(mspId) ?? []);
    const creator = this.#creator(asked, COLLECT_FAILED);
    return this.#fulfil(new EndorsementPlan([layout], this.#peers), creator);
  }

  /** The own organisation first; its result tells which policies apply, and so who else has to be asked. */
  async byPolicy(): Promise<Uint8Array> {
    const candidates = this.#firstEndorsers();
    const creator = this.#creator(candidates, FIRST_FAILED);
    const { endorser, answer } = await this.#first(candidates, creator);
    const layouts = this.#layouts(endorser, answer);
    const plan = new EndorsementPlan(layouts, this.#peers);
    plan.accept(endorser, answer);
    return this.#fulfil(plan, creator);
  }

  async #fulfil(plan: EndorsementPlan, creator: Identity): Promise<Uint8Array> {
    for (;;) {
      const endorsements = plan.complete();
      if (endorsements !== undefined && plan.payload !== undefined) {
        return preparedTransaction(this.#proposal, plan.payload, endorsements);
      }
      const next = plan.next();
      if (next.length === 0) throw new RpcError(status.ABORTED, COLLECT_FAILED, plan.failures);
      await Promise.all(
        next.map(async (endorser) => {
          const answer = await this.#ask(endorser, creator, 'endorsements');
          if (answer.kind === 'endorsed') plan.accept(endorser, answer);
          else plan.fail(endorser, refusalText(answer));
        }),
      );
    }
  }

  /** Peers of the own organisation; where none runs the chaincode, somebody's of those that its policy asks for. */
  #firstEndorsers(): readonly Endorser[] {
    const { own, channel } = this.#context;
    const ofOwn = this.#peers.get(own.mspId);
    if (ofOwn !== undefined) return ofOwn;
    const definition = channel.ledger.chaincode(this.#proposal.chaincode);
    if (this.#proposal.hasTransient || definition === undefined) throw nobodyOfOwn(this.#proposal);
    const general = { policies: [definition.endorsementPolicy] };
    const [layout] = layoutsFor(general, undefined, this.#peers, own.mspId);
    if (layout === undefined) throw this.#impossible(general);
    return [...layout.keys()].flatMap((mspId) => this.#peers.get(mspId) ?? []);
  }

  async #first(
    candidates: readonly Endorser[],
    creator: Identity,
  ): Promise<{ endorser: Endorser; answer: Endorsed }> {
    const failures: ErrorDetail[] = [];
    for (const endorser of candidates) {
      const answer = await this.#ask(endorser, creator, 'first endorsement');
      if (answer.kind === 'endorsed') return { endorser, answer };
      failures.push(detailOf(endorser, refusalText(answer)));
    }
    throw new RpcError(status.ABORTED, FIRST_FAILED, failures);
  }

  #layouts(endorser: Endorser, { interest }: Endorsed) {
    const { hasTransient } = this.#proposal;
    const allowed = hasTransient ? interest.members : interest.readers;
    const layouts = layoutsFor(interest, allowed, this.#peers, endorser.mspId);
    if (layouts.length > 0) return layouts;
    const isProtected =
      hasTransient && layoutsFor(interest, interest.readers, this.#peers, endorser.mspId).length > 0;
    if (!isProtected) throw this.#impossible(interest);
    throw new RpcError(
      status.FAILED_PRECONDITION,
      'requires endorsement from organisation(s) that are not in the distribution policy of the private ' +
        `data collection(s): [${interest.writtenOnly.join(' ')}]; retry specifying trusted endorsing ` +
        'organizations to protect transient data',
    );
  }

  /** Too few peers run, or too few of them have the chaincode. */
  #impossible(interest: Pick<EndorsementInterest, 'policies'>): RpcError {
    const running = peersByOrg(this.#context, () => true);
    const withAll = layoutsFor(interest, undefined, running, this.#context.own.mspId);
    return new RpcError(
      status.FAILED_PRECONDITION,
      withAll.length > 0
        ? `${NO_COMBINATION}: required chaincodes are not installed on sufficient peers`
        : `${NO_COMBINATION}: no peer combination can satisfy the endorsement policy`,
    );
  }

  async #ask(endorser: Endorser, creator: Identity, what: string) {
    const answer = await withinDeadline(endorser.process(this.#proposal, creator), this.#expired);
    if (answer === undefined) throw new RpcError(status.DEADLINE_EXCEEDED, `${TIMED_OUT} ${what}`);
    return answer;
  }

  /** Where the proposal itself is refused, every endorser says so: each is asked for want of the one before. */
  #creator(asked: readonly Endorser[], wording: string): Identity {
    try {
      return requireCreator(this.#proposal, this.#context);
    } catch (error) {
      if (!(error instanceof EndorserError)) throw error;
      const { message } = error;
      throw new RpcError(
        status.ABORTED,
        wording,
        asked.map((endorser) => refusedBy(endorser, this.#context.own, message)),
      );
    }
  }
}

/** The own peer first in its organisation. */
function peersByOrg(
  { own, endorsers }: GatewayContext,
  isWanted: (endorser: Endorser) => boolean,
): PeersByOrg {
  const peers = new Map<string, Endorser[]>();
  for (const endorser of endorsers) {
    if (!isWanted(endorser)) continue;
    const list = peers.get(endorser.mspId) ?? [];
    if (endorser === own) list.unshift(endorser);
    else list.push(endorser);
    peers.set(endorser.mspId, list);
  }
  return peers;
}
