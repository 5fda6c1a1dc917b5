import { peer } from '@hyperledger/fabric-protos';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { readSerializedIdentity } from '../wire/index.js';
import type { ChaincodeTransaction } from './runtime.js';

/** `ChaincodeStub` of the shim: what a contract knows of its transaction. */
export interface ShimStub {
  /** As the contract has set it. */
  readonly chaincodeEvent?: peer.ChaincodeEvent;
}

/** What the shim's stub reads of the signed proposal that it is made from. */
interface StubOfProposal extends ShimStub {
  readonly proposal: unknown;
  readonly signedProposal: unknown;
  readonly binding: string;
}
export type StubClass = new (
  handler: object,
  channelId: string,
  txId: string,
  input: Pick<peer.ChaincodeInput, 'getArgsList_asU8'>,
  signedProposal?: peer.SignedProposal,
) => StubOfProposal;

/**
 * The shim's stub of a transaction of this process, whose proposal is not taken apart once more for each peer: what
 * contracts ask for is there, all else is read by the shim when it is asked for.
 */
export function transactionStub(
  Base: StubClass,
): new (handler: object, transaction: ChaincodeTransaction) => ShimStub {
  return class TransactionStub extends Base {
    readonly creator: { readonly mspid: string; readonly idBytes: Uint8Array };
    readonly #transaction: ChaincodeTransaction;
    #stock: StubOfProposal | undefined;
    #timestamp: timestamps.Timestamp | undefined;
    #transient: Map<string, Buffer> | undefined;

    constructor(handler: object, transaction: ChaincodeTransaction) {
      super(handler, transaction.channelId, transaction.txId, argumentsOf(transaction));
      const { mspId, idBytes } = readSerializedIdentity(transaction.proposal.creator);
      this.creator = { mspid: mspId, idBytes: Uint8Array.from(idBytes) };
      this.#transaction = transaction;
    }

    get txTimestamp(): timestamps.Timestamp | undefined {
      const { timestamp } = this.#transaction.proposal;
      if (timestamp === undefined) return undefined;
      if (this.#timestamp === undefined) {
        this.#timestamp = new timestamps.Timestamp();
        this.#timestamp.setSeconds(timestamp.seconds);
        this.#timestamp.setNanos(timestamp.nanos);
      }
      return this.#timestamp;
    }

    get transientMap(): Map<string, Buffer> {
      this.#transient ??= new Map(
        [...this.#transaction.proposal.transient].map(([key, value]) => [key, Buffer.from(value)]),
      );
      return this.#transient;
    }

    override get proposal(): unknown {
      return this.#read().proposal;
    }
    override get signedProposal(): unknown {
      return this.#read().signedProposal;
    }
    override get binding(): string {
      return this.#read().binding;
    }

    #read(): StubOfProposal {
      if (this.#stock === undefined) {
        const { channelId, txId, proposal } = this.#transaction;
        const signed = new peer.SignedProposal();
        signed.setProposalBytes(proposal.signedProposal.proposalBytes);
        signed.setSignature(proposal.signedProposal.signature);
        this.#stock = new Base({}, channelId, txId, argumentsOf(this.#transaction), signed);
      }
      return this.#stock;
    }
  };
}

function argumentsOf({ input }: ChaincodeTransaction): Pick<peer.ChaincodeInput, 'getArgsList_asU8'> {
  return { getArgsList_asU8: () => [...input.args] };
}
