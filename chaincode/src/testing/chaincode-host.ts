import { common, msp, peer } from '@hyperledger/fabric-protos';
import { createRequire } from 'node:module';
import type { Simulation } from './simulation.js';

export interface Creator {
  readonly mspId: string;
  readonly certificate: string;
}
export interface Invocation {
  readonly channel: string;
  readonly txId: string;
  readonly at: Date;
  readonly creator: Creator;
  /** Name of the function and its arguments. */
  readonly args: readonly string[];
  readonly transient: ReadonlyMap<string, Buffer>;
}
export interface Outcome {
  readonly status: number;
  readonly message: string;
  readonly payload: Buffer;
  readonly event?: { readonly name: string; readonly payload: Buffer };
}
/** What fabric-shim takes from a chaincode's main module. */
export interface ChaincodeModule {
  readonly contracts: readonly (new () => object)[];
  readonly serializers: { readonly transaction: string; readonly serializers: Record<string, unknown> };
}

interface ShimStub {
  chaincodeEvent?: { getEventName(): string; getPayload_asU8(): Uint8Array };
}
interface ShimChaincode {
  Invoke(stub: ShimStub): Promise<{ status: number; message?: string; payload?: Uint8Array }>;
}
interface Shim {
  Stub: new (
    handler: Simulation,
    channel: string,
    txId: string,
    input: { getArgsList_asU8(): Uint8Array[] },
    proposal: { getSignature(): Uint8Array; getProposalBytes(): Uint8Array },
  ) => ShimStub;
  ChaincodeFromContract: new (contracts: (new () => object)[], serializers: object) => ShimChaincode;
}

const require = createRequire(import.meta.url);
/** The package has no types of its own. */
const { Timestamp } = require('google-protobuf/google/protobuf/timestamp_pb.js') as {
  Timestamp: { fromDate(date: Date): ReturnType<common.ChannelHeader['getTimestamp']> };
};

/** Runs contracts as a peer would: the shim's own router, stub and client identity, over a simulation. */
export class ChaincodeHost {
  readonly #chaincode: ShimChaincode;
  readonly #shim: Shim;

  constructor({ contracts, serializers }: ChaincodeModule) {
    this.#shim = loadShim();
    this.#chaincode = new this.#shim.ChaincodeFromContract([...contracts], serializers);
  }

  async invoke(simulation: Simulation, invocation: Invocation): Promise<Outcome> {
    const args = invocation.args.map((arg) => Buffer.from(arg));
    const stub = new this.#shim.Stub(
      simulation,
      invocation.channel,
      invocation.txId,
      { getArgsList_asU8: () => args },
      { getSignature: () => Buffer.alloc(0), getProposalBytes: () => proposalBytes(invocation) },
    );
    const { status, message, payload } = await this.#chaincode.Invoke(stub);
    const event = stub.chaincodeEvent;
    return {
      status,
      message: message ?? '',
      payload: Buffer.from(payload ?? []),
      ...(event && { event: { name: event.getEventName(), payload: Buffer.from(event.getPayload_asU8()) } }),
    };
  }
}

function loadShim(): Shim {
  const logger = require('fabric-shim/lib/logger.js') as { getLogger(name: string): { silent: boolean } };
  // The shim logs every refusal as an error; a test that provokes hundreds has no use for that.
  for (const name of ['contracts-spi/chaincodefromcontract.js', 'contracts-spi/datamarshall.js']) {
    logger.getLogger(name).silent = true;
  }
  return {
    Stub: require('fabric-shim/lib/stub.js'),
    ChaincodeFromContract: require('fabric-shim/lib/contract-spi/chaincodefromcontract.js'),
  };
}

function proposalBytes(invocation: Invocation): Uint8Array {
  const proposal = new peer.Proposal();
  proposal.setHeader(header(invocation).serializeBinary());
  proposal.setPayload(payload(invocation).serializeBinary());
  return proposal.serializeBinary();
}

function header({ channel, txId, at, creator }: Invocation): common.Header {
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(common.HeaderType.ENDORSER_TRANSACTION);
  channelHeader.setChannelId(channel);
  channelHeader.setTxId(txId);
  channelHeader.setTimestamp(Timestamp.fromDate(at));
  const identity = new msp.SerializedIdentity();
  identity.setMspid(creator.mspId);
  identity.setIdBytes(Buffer.from(creator.certificate));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(identity.serializeBinary());
  signatureHeader.setNonce(Buffer.from(txId, 'hex'));
  const both = new common.Header();
  both.setChannelHeader(channelHeader.serializeBinary());
  both.setSignatureHeader(signatureHeader.serializeBinary());
  return both;
}

function payload({ transient }: Invocation): peer.ChaincodeProposalPayload {
  const message = new peer.ChaincodeProposalPayload();
  message.setInput(Buffer.from('input'));
  for (const [name, value] of transient) message.getTransientmapMap().set(name, value);
  return message;
}
