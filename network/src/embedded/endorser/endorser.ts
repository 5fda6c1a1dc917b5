import type { peer } from '@hyperledger/fabric-protos';
import type { ChaincodeResult, ChaincodeRuntime } from '../chaincode/index.js';
import type { ChaincodeDefinition, ChannelLedger, Channels, Identity, NodeSigner } from '../parts.js';
import type { EndorsementInterest } from './endorsement-interest.js';
import type { Proposal } from './proposal.js';
import { endorsement, responsePayload } from './proposal-response.js';
import { Simulation, type SimulationResult } from './simulation.js';
import { QSCC, querySystemChaincode } from './system-chaincode.js';

/** Of a chaincode's response: from here on the transaction must not be submitted. */
const ERROR_THRESHOLD = 400;

export interface EndorserOptions {
  readonly signer: NodeSigner;
  /** Those that the peer has joined. */
  readonly channels: Channels;
  /** Where the peer runs that chaincode; undefined: it is not installed here. */
  readonly runtime: (definition: ChaincodeDefinition) => ChaincodeRuntime | undefined;
}

/** A peer's answer to a proposal that it simulated. */
export interface Endorsed {
  readonly kind: 'endorsed';
  /** Marshalled ProposalResponsePayload; equal at every endorser that saw the same state. */
  readonly payload: Uint8Array;
  readonly endorsement: peer.Endorsement;
  readonly interest: EndorsementInterest;
}
/** What the chaincode answered, unsigned. */
export interface Evaluated {
  readonly kind: 'evaluated';
  readonly response: peer.Response;
}
export interface NotEndorsed {
  /** `chaincode`: the chaincode's own verdict, which is every peer's; `peer`: another peer may do better. */
  readonly kind: 'chaincode' | 'peer';
  readonly status: number;
  readonly message: string;
}

/** One organisation's peer: simulates a proposal that `checkProposal` has passed, and signs the result. */
export class Endorser {
  readonly #options: EndorserOptions;

  constructor(options: EndorserOptions) {
    this.#options = options;
  }

  get mspId(): string {
    return this.#options.signer.mspId;
  }
  get endpoint(): string {
    return this.#options.signer.endpoint;
  }

  /** Simulates and signs. Never rejects: what goes wrong is told in the answer. */
  async process(proposal: Proposal, creator: Identity): Promise<Endorsed | NotEndorsed> {
    return this.#attempt(async () => {
      const simulated = await this.#simulate(proposal, creator, (simulation) => simulation.finish());
      return simulated.kind === 'simulated' ? await this.#endorse(proposal, simulated) : simulated;
    });
  }

  /** Simulates for the response alone: nothing is signed, and private writes are not kept. Never rejects. */
  async evaluate(proposal: Proposal, creator: Identity): Promise<Evaluated | NotEndorsed> {
    return this.#attempt(async () => {
      const simulated = await this.#simulate(proposal, creator, () => undefined);
      return simulated.kind === 'simulated'
        ? { kind: 'evaluated', response: simulated.result.response }
        : simulated;
    });
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | NotEndorsed> {
    try {
      return await work();
    } catch (error) {
      return { kind: 'peer', status: 500, message: error instanceof Error ? error.message : String(error) };
    }
  }

  #ledger({ channelId }: Proposal): ChannelLedger {
    const ledger = this.#options.channels.get(channelId)?.ledger;
    if (ledger === undefined) throw new Error(`channel '${channelId}' not found`);
    return ledger;
  }

  /** @param finish what is made of a simulation that went well */
  async #simulate(
    proposal: Proposal,
    creator: Identity,
    finish: (simulation: Simulation) => SimulationResult | undefined,
  ): Promise<Simulated | NotEndorsed> {
    const { channels, signer } = this.#options;
    if (proposal.chaincode === QSCC) {
      const response = querySystemChaincode(channels, proposal.input, creator);
      return verdict({ response, event: undefined }, '', () => undefined);
    }
    const ledger = this.#ledger(proposal);
    const definition = ledger.chaincode(proposal.chaincode);
    if (definition === undefined) {
      throw new Error(
        `make sure the chaincode ${proposal.chaincode} has been successfully defined on channel ` +
          `${proposal.channelId} and try again: chaincode ${proposal.chaincode} not found`,
      );
    }
    const snapshot = ledger.snapshot();
    const simulation: Simulation = new Simulation({
      txId: proposal.txId,
      channelId: proposal.channelId,
      snapshot,
      peerMspId: signer.mspId,
      creatorMspId: creator.mspId,
      mspIds: ledger.mspIds,
      chaincode: (name) => ledger.chaincode(name),
      invoke: (name, input) => this.#invoke(proposal, creator, simulation, name, input),
    });
    try {
      const result = await this.#execute(proposal, simulation);
      return verdict(result, definition.version, () => finish(simulation));
    } finally {
      simulation.close();
      snapshot.close();
    }
  }

  async #execute(proposal: Proposal, simulation: Simulation): Promise<ChaincodeResult> {
    const { chaincode, txId } = proposal;
    try {
      return await this.#run(proposal, simulation, chaincode, proposal.input);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`error in simulation: failed to execute transaction ${txId}: ${reason}`, { cause });
    }
  }

  #run(
    proposal: Proposal,
    simulation: Simulation,
    chaincode: string,
    input: peer.ChaincodeInput,
  ): Promise<ChaincodeResult> {
    const definition = this.#ledger(proposal).chaincode(chaincode);
    const runtime = definition && this.#options.runtime(definition);
    if (runtime === undefined) {
      throw new Error(`could not launch chaincode ${chaincode}: chaincode is not installed on this peer`);
    }
    return runtime.execute({
      channelId: proposal.channelId,
      txId: proposal.txId,
      input,
      signedProposal: proposal.signedProposal,
      state: simulation.state(chaincode),
    });
  }

  /** Chaincode calls chaincode: its writes join the transaction; its event and its reads' policy stay with it. */
  async #invoke(
    proposal: Proposal,
    creator: Identity,
    simulation: Simulation,
    target: string,
    input: peer.ChaincodeInput,
  ): Promise<ChaincodeResult> {
    const [nameAndVersion = '', channel] = target.split('/', 2);
    const [name = ''] = nameAndVersion.split(':', 1);
    if (channel !== undefined && channel !== proposal.channelId) {
      throw new Error(`failed to find ledger for channel: ${channel}`);
    }
    if (name === QSCC) {
      return { response: querySystemChaincode(this.#options.channels, input, creator), event: undefined };
    }
    return this.#run(proposal, simulation, name, input);
  }

  async #endorse(proposal: Proposal, { result, version, simulation }: Simulated): Promise<Endorsed> {
    const { signer, channels } = this.#options;
    const { response, event } = result;
    if (simulation?.privateSet !== undefined) {
      const ledger = this.#ledger(proposal);
      await ledger.transientStore.put(proposal.txId, simulation.privateSet, ledger.height);
    }
    if (event !== undefined) {
      event.setChaincodeId(proposal.chaincode);
      event.setTxId(proposal.txId);
    }
    const results = simulation?.publicSet.serializeBinary();
    const payload = responsePayload({ proposal, version, response, event, results });
    const self = channels.get(proposal.channelId)?.ledger.msps.deserialize(signer.serialized);
    return {
      kind: 'endorsed',
      payload,
      endorsement: endorsement(payload, signer, self),
      interest: simulation?.interest ?? NO_INTEREST,
    };
  }
}

interface Simulated {
  readonly kind: 'simulated';
  readonly result: ChaincodeResult;
  readonly version: string;
  readonly simulation: SimulationResult | undefined;
}

function verdict(
  result: ChaincodeResult,
  version: string,
  finish: () => SimulationResult | undefined,
): Simulated | NotEndorsed {
  const status = result.response.getStatus();
  return status >= ERROR_THRESHOLD
    ? { kind: 'chaincode', status, message: result.response.getMessage() }
    : { kind: 'simulated', result, version, simulation: finish() };
}

const NO_INTEREST: EndorsementInterest = {
  policies: [],
  readers: undefined,
  members: undefined,
  writtenOnly: [],
};
