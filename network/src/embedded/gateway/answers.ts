import { status } from '@grpc/grpc-js';
import { EndorserError, checkProposal, readProposal } from '../endorser/index.js';
import type { Endorser, Failed, Proposal, Refused } from '../endorser/index.js';
import type { Identity } from '../parts.js';
import type { SignedProposal } from '../wire/index.js';
import type { GatewayContext } from './gateway-context.js';
import { RpcError, type ErrorDetail } from './rpc-error.js';

/** @throws RpcError (INVALID_ARGUMENT). */
export function requireProposal(signed: SignedProposal | undefined, wording: string): Proposal {
  try {
    const proposal = readProposal(signed);
    if (proposal.channelId === '') throw new EndorserError('MALFORMED', 'no channel id provided');
    return proposal;
  } catch (error) {
    if (error instanceof EndorserError) throw new RpcError(status.INVALID_ARGUMENT, wording + error.message);
    throw error;
  }
}

/**
 * The creator of a proposal that passes all checks. All peers of this process share one ledger and one clock, so
 * one check speaks for every endorser.
 * @throws EndorserError (REFUSED, FILTERED).
 */
export function requireCreator(proposal: Proposal, context: GatewayContext): Identity {
  return checkProposal(proposal, context);
}

/** How Fabric's gateway words an endorser's refusal. */
export function refusalText(answer: Refused | Failed): string {
  return answer.kind === 'refused'
    ? `chaincode response ${String(answer.response.status)}, ${answer.response.message}`
    : answer.message;
}

/**
 * How a proposal that is refused as such comes back from a peer: the gateway's own peer is called directly, and the
 * others over gRPC.
 */
export function refusedBy(endorser: Endorser, own: Endorser, message: string): ErrorDetail {
  return detailOf(endorser, endorser === own ? message : `rpc error: code = Unknown desc = ${message}`);
}

export function detailOf(endorser: Endorser, message: string): ErrorDetail {
  return { address: endorser.endpoint, mspId: endorser.mspId, message };
}

/** The answer, or undefined where the call's time is up first. */
export async function withinDeadline<T>(
  answer: Promise<T>,
  deadline: Promise<undefined>,
): Promise<T | undefined> {
  return Promise.race([answer, deadline]);
}

/** A promise that resolves when the call's time is up; `cancel` it when the call ends. */
export function deadlineIn(ms: number): { readonly expired: Promise<undefined>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, ms);
  });
  return {
    expired,
    cancel() {
      clearTimeout(timer);
    },
  };
}
