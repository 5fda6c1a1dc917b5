import { common } from '@hyperledger/fabric-protos';
import { checkTimeWindow, IdentityError, transactionId } from '../identity/index.js';
import type { ChannelLedger, Identity, Orderer } from '../parts.js';
import { EndorserError } from './endorser-error.js';
import type { Proposal } from './proposal.js';

export interface ProposalCheckContext {
  readonly ledger: ChannelLedger;
  readonly orderer: Orderer;
  /** Organisations whose members may propose: the application's, not the orderers'. */
  readonly mspIds: readonly string[];
  readonly now: () => Date;
}

const { HeaderType } = common;

/**
 * All that a peer looks at before it simulates, each check worded as Fabric words it. The caller runs it once for a
 * proposal, however many endorsers of this process simulate it.
 * @returns the creator.
 * @throws EndorserError (REFUSED).
 */
export function checkProposal(proposal: Proposal, context: ProposalCheckContext): Identity {
  const { channelHeader, signatureHeader, channelId, txId } = proposal;
  const { ledger, orderer } = context;
  if (channelId !== ledger.channelId) throw refused(`channel '${channelId}' not found`);
  if (channelHeader.getType() !== HeaderType.ENDORSER_TRANSACTION) throw refused('invalid header type');
  if (channelHeader.getEpoch() !== 0) throw refused('epoch is non-zero');
  const nonce = signatureHeader.getNonce_asU8();
  const creator = signatureHeader.getCreator_asU8();
  if (nonce.length === 0) throw refused('nonce is empty');
  if (creator.length === 0) throw refused('creator is empty');
  const expected = transactionId(nonce, creator);
  if (txId !== expected) {
    throw refused(`incorrectly computed txid '${txId}' -- expected '${expected}'`);
  }
  const now = context.now();
  checkTime(channelHeader, now);
  const identity = checkIdentity(proposal, creator, context, now);
  if (ledger.transaction(txId) !== undefined || orderer.isPending(txId)) {
    throw refused(`duplicate transaction found [${txId}]. Creator [${Buffer.from(creator).toString('hex')}]`);
  }
  return identity;
}

function checkTime(channelHeader: common.ChannelHeader, now: Date): void {
  try {
    checkTimeWindow(channelHeader, now);
  } catch (cause) {
    const timestamp = channelHeader.getTimestamp()?.toDate().toISOString() ?? 'missing';
    throw refused(
      `request unauthorized due to incorrect timestamp ${timestamp}, peer time ${now.toISOString()}, ` +
        'peer.authentication.timewindow 15m0s',
      cause,
    );
  }
}

function checkIdentity(
  { channelId, signedProposal }: Proposal,
  creator: Uint8Array,
  context: ProposalCheckContext,
  now: Date,
): Identity {
  let identity: Identity;
  try {
    identity = context.ledger.msps.deserialize(creator);
  } catch (cause) {
    throw refused(`access denied: channel [${channelId}] creator org unknown, creator is malformed`, cause);
  }
  const denied = `access denied: channel [${channelId}] creator org [${identity.mspId}]`;
  try {
    identity.validate(now);
  } catch (cause) {
    if (cause instanceof IdentityError && cause.code === 'CERTIFICATE_EXPIRED') {
      throw refused('proposal client identity expired', cause);
    }
    throw refused(denied, cause);
  }
  const isSigned = identity.verify(
    signedProposal.getProposalBytes_asU8(),
    signedProposal.getSignature_asU8(),
  );
  if (!isSigned || !context.mspIds.includes(identity.mspId)) throw refused(denied);
  return identity;
}

function refused(message: string, cause?: unknown): EndorserError {
  return new EndorserError('REFUSED', `error validating proposal: ${message}`, { cause });
}
