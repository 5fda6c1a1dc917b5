import { status } from '@grpc/grpc-js';
import { EndorserError, type Endorser, type Proposal } from '../endorser/index.js';
import type { Identity } from '../parts.js';
import { writeEvaluateResponse, type ProposalRequest } from '../wire/index.js';
import {
  deadlineIn,
  detailOf,
  refusalText,
  refusedBy,
  requireCreator,
  requireProposal,
  withinDeadline,
} from './answers.js';
import type { GatewayChannels, GatewayContext } from './gateway-context.js';
import { RpcError, type ErrorDetail } from './rpc-error.js';

const FAILED = 'failed to evaluate transaction, see attached details for more info';

/**
 * Runs a proposal on one peer.
 * @returns a marshalled EvaluateResponse with what the chaincode answers.
 * @throws RpcError.
 */
export async function evaluate(
  { proposedTransaction, organizations }: ProposalRequest,
  channels: GatewayChannels,
): Promise<Uint8Array> {
  const proposal = requireProposal(proposedTransaction, 'failed to unpack transaction proposal: ');
  const context = channels.get(proposal.channelId);
  if (context === undefined) {
    const { channelId } = proposal;
    throw new RpcError(
      status.UNAVAILABLE,
      `failed to get config for channel [${channelId}]: could not get last config for channel ${channelId}`,
    );
  }
  const endorsers = evaluators(organizations, proposal, context);
  const creator = acceptedCreator(proposal, context, endorsers);
  const deadline = deadlineIn(context.endorsementTimeoutMs);
  const failures: ErrorDetail[] = [];
  try {
    for (const endorser of endorsers) {
      const answer = await withinDeadline(endorser.evaluate(proposal, creator), deadline.expired);
      if (answer === undefined) throw new RpcError(status.DEADLINE_EXCEEDED, 'evaluate timeout expired');
      if (answer.kind === 'evaluated') {
        return writeEvaluateResponse(answer.response);
      }
      const text = refusalText(answer);
      failures.push(detailOf(endorser, text));
      // The chaincode's verdict is every peer's; anything else may go better on the next peer.
      if (answer.kind === 'refused') {
        throw new RpcError(status.UNKNOWN, `evaluate call to endorser returned error: ${text}`, failures);
      }
    }
  } finally {
    deadline.cancel();
  }
  throw new RpcError(status.ABORTED, FAILED, failures);
}

function acceptedCreator(
  proposal: Proposal,
  context: GatewayContext,
  endorsers: readonly Endorser[],
): Identity {
  try {
    return requireCreator(proposal, context);
  } catch (error) {
    if (!(error instanceof EndorserError)) throw error;
    throw proposalRefused(error, context.own, endorsers);
  }
}

/** Only the own peer's verdict is taken for one; from others it looks as if they were not there. */
function proposalRefused(
  { code, message }: EndorserError,
  own: Endorser,
  endorsers: readonly Endorser[],
): RpcError {
  const details: ErrorDetail[] = [];
  for (const endorser of endorsers) {
    details.push(refusedBy(endorser, own, message));
    if (endorser === own && code === 'REFUSED') {
      return new RpcError(
        status.FAILED_PRECONDITION,
        `evaluate call to endorser returned error: ${message}`,
        details,
      );
    }
  }
  return new RpcError(status.UNAVAILABLE, FAILED, details);
}

/** The peers to try: the own one, its organisation's, then the others. @throws RpcError (FAILED_PRECONDITION). */
function evaluators(
  named: readonly string[],
  { hasTransient, chaincode }: Proposal,
  { own, endorsers, channel }: GatewayContext,
): Endorser[] {
  // Transient data leaves the own organisation only where the client says so.
  const isProtected = named.length === 0 && hasTransient;
  const targets = isProtected ? [own.mspId] : named;
  const { channelId } = channel.ledger;
  const rank = (endorser: Endorser): number => (endorser === own ? 0 : endorser.mspId === own.mspId ? 1 : 2);
  const found = endorsers
    .filter(({ mspId }) => targets.length === 0 || targets.includes(mspId))
    .filter((endorser) => endorser.runs(channelId, chaincode))
    .sort((a, b) => rank(a) - rank(b));
  if (found.length === 0) {
    const nobody = `no peers available to evaluate chaincode ${chaincode} in channel ${channelId}`;
    throw new RpcError(
      status.FAILED_PRECONDITION,
      isProtected
        ? `no endorsers found in the gateway's organization; retry specifying target organization(s) to protect transient data: ${nobody}`
        : nobody,
    );
  }
  return found;
}
