import { common } from '@hyperledger/fabric-protos';
import { AccessError, checkAccess } from '../access/index.js';
import { checkTimeWindow, IdentityError, transactionId } from '../identity/index.js';
import type { Channel, Identity, MspManager } from '../parts.js';
import { toDate, type ChannelHeader } from '../wire/index.js';
import { EndorserError } from './endorser-error.js';
import type { Proposal } from './proposal.js';
import { SYSTEM_CHAINCODES } from './system-chaincode.js';

export interface ProposalCheckContext {
  /** The proposal's. */
  readonly channel: Channel;
  readonly now: () => Date;
}

const { HeaderType } = common;

/**
 * All that a peer looks at before it simulates, each check worded as Fabric words it. The caller runs it once for a
 * proposal, however many endorsers of this process simulate it.
 * @returns the creator.
 * @throws EndorserError (REFUSED, FILTERED).
 */
export function checkProposal(proposal: Proposal, context: ProposalCheckContext): Identity {
  const { txId } = proposal;
  const { ledger } = context.channel;
  const identity = checkForm(proposal, ledger.msps, context.now());
  // What is ordered and not committed yet is no duplicate: its block will say which of the two is valid.
  // Nor is one whose block came before the snapshot: the committer knows it.
  const known = ledger.transaction(txId);
  if (known !== undefined && known.block >= ledger.firstBlock) {
    const hex = Buffer.from(identity.serialized).toString('hex');
    throw new EndorserError('REFUSED', `duplicate transaction found [${txId}]. Creator [${hex}]`);
  }
  // System chaincodes look for themselves.
  if (!SYSTEM_CHAINCODES.includes(proposal.chaincode)) checkWriter(context.channel, identity);
  return identity;
}

/**
 * As `checkProposal`, for a proposal without a channel: it is the peer's own organisation's alone.
 * @throws EndorserError (REFUSED, FILTERED).
 */
export function checkLocalProposal(
  proposal: Proposal,
  context: { readonly msps: MspManager; readonly peerMspId: string; readonly now: () => Date },
): Identity {
  const { msps, peerMspId, now } = context;
  return checkForm(
    proposal,
    {
      deserialize(serialized) {
        const identity = msps.deserialize(serialized);
        if (identity.mspId !== peerMspId) throw new IdentityError('UNKNOWN_MSP', 'not of this peer');
        return identity;
      },
    },
    now(),
  );
}

function checkForm(proposal: Proposal, msps: Pick<MspManager, 'deserialize'>, now: Date): Identity {
  const { channelHeader, signatureHeader, signedProposal, txId } = proposal;
  checkTime(channelHeader, now);
  if (proposal.extensionFault !== undefined) throw new EndorserError('REFUSED', proposal.extensionFault);
  checkType(channelHeader.type);
  if (channelHeader.epoch !== 0) throw refused('epoch is non-zero');
  const { nonce, creator } = signatureHeader;
  if (nonce.length === 0) throw refused('nonce is empty');
  if (creator.length === 0) throw refused('creator is empty');
  const expected = transactionId(nonce, creator);
  if (txId !== expected) {
    throw refused(`incorrectly computed txid '${txId}' -- expected '${expected}'`);
  }
  if (signedProposal.signature.length === 0) throw refused('empty signature bytes');
  return checkIdentity(proposal, creator, msps, now);
}

const TYPE_NAMES = new Map<number, string>(Object.entries(HeaderType).map(([name, type]) => [type, name]));

/** Fabric lets CONFIG pass here as well; nothing comes of it. */
function checkType(type: number): void {
  if (type === HeaderType.ENDORSER_TRANSACTION || type === HeaderType.CONFIG) return;
  throw refused(`invalid header type ${TYPE_NAMES.get(type) ?? String(type)}`);
}

function checkTime(channelHeader: ChannelHeader, now: Date): void {
  try {
    checkTimeWindow(channelHeader, now);
  } catch (cause) {
    const timestamp = timeText(channelHeader);
    throw new EndorserError(
      'FILTERED',
      `request unauthorized due to incorrect timestamp ${timestamp}, peer time ${now.toISOString()}, ` +
        'peer.authentication.timewindow 15m0s',
      { cause },
    );
  }
}

function timeText({ timestamp }: ChannelHeader): string {
  return timestamp === undefined ? 'missing' : toDate(timestamp).toISOString();
}

function checkIdentity(
  { channelId, signedProposal }: Proposal,
  creator: Uint8Array,
  msps: Pick<MspManager, 'deserialize'>,
  now: Date,
): Identity {
  const malformed = `access denied: channel [${channelId}] creator org unknown, creator is malformed`;
  let identity: Identity;
  try {
    identity = msps.deserialize(creator);
  } catch (cause) {
    throw refused(malformed, cause);
  }
  const denied = `access denied: channel [${channelId}] creator org [${identity.mspId}]`;
  try {
    identity.validate(now);
  } catch (cause) {
    if (cause instanceof IdentityError && cause.code === 'CERTIFICATE_EXPIRED') {
      throw new EndorserError('FILTERED', 'proposal client identity expired', { cause });
    }
    // Fabric looks for the certificate's authority when it reads it, before it asks anything else.
    const isStranger = cause instanceof IdentityError && cause.code === 'UNTRUSTED_CHAIN';
    throw refused(isStranger ? malformed : denied, cause);
  }
  const isSigned = identity.verify(signedProposal.proposalBytes, signedProposal.signature);
  if (!isSigned) throw refused(denied);
  return identity;
}

function checkWriter({ ledger }: Channel, identity: Identity): void {
  try {
    checkAccess(ledger, 'peer/Propose', identity);
  } catch (cause) {
    if (cause instanceof AccessError) throw new EndorserError('REFUSED', cause.message, { cause });
    throw cause;
  }
}

function refused(message: string, cause?: unknown): EndorserError {
  return new EndorserError('REFUSED', `error validating proposal: ${message}`, { cause });
}
