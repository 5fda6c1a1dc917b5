import { peer } from '@hyperledger/fabric-protos';
import type { ChaincodeResult } from '../chaincode/index.js';
import type { ChannelLedger, Identity, NodeSigner } from '../parts.js';
import type { EndorsementInterest } from './endorsement-interest.js';
import { Invocation, type InvocationOptions } from './invocation.js';
import type { Proposal } from './proposal.js';
import { endorsement, responsePayload } from './proposal-response.js';
import { Simulation, type SimulationResult } from './simulation.js';
import { SYSTEM_CHAINCODES, SYSTEM_VERSION } from './system-chaincode.js';

/** Of a chaincode's response: from here on the transaction must not be submitted. */
const ERROR_THRESHOLD = 400;
const LIFECYCLE = '_lifecycle';
const BUILT_IN_ENDORSEMENT = 'escc';

export interface EndorserOptions extends InvocationOptions {
  readonly signer: NodeSigner;
}

/** A peer's answer to a proposal that it simulated. */
export interface Endorsed {
  readonly kind: 'endorsed';
  /** Marshalled ProposalResponsePayload; equal at every endorser that saw the same state. */
  readonly payload: Uint8Array;
  readonly endorsement: peer.Endorsement;
  readonly response: peer.Response;
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

  /** True where the chaincode is part of the peer, or defined, approved and running here. */
  runs(channelId: string, chaincode: string): boolean {
    if (SYSTEM_CHAINCODES.includes(chaincode)) return true;
    const ledger = this.#options.channels.get(channelId)?.ledger;
    return ledger !== undefined && this.#options.runs(ledger, chaincode);
  }

  /** Simulates and signs. Never rejects: what goes wrong is told in the answer. */
  async process(proposal: Proposal, creator: Identity): Promise<Endorsed | NotEndorsed> {
    return this.#attempt(async () => {
      const simulated = await this.#simulate(proposal, creator, (simulation) => simulation.finish());
      return simulated.kind === 'simulated' ? await this.#endorse(proposal, simulated) : simulated;
    });
  }

  /**
   * Simulates for the response alone: nothing is signed, and private writes are not kept. All that a proposal
   * without a channel can have. Never rejects.
   */
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
    const { chaincode, channelId } = proposal;
    const invocation = new Invocation(proposal, creator, this.#options);
    if (SYSTEM_CHAINCODES.includes(chaincode) && (chaincode !== LIFECYCLE || channelId === '')) {
      const result = await this.#execute(proposal, () => invocation.runSystem(chaincode, proposal.input));
      return verdict(result, SYSTEM_VERSION, () => undefined);
    }
    const ledger = this.#ledger(proposal);
    const snapshot = ledger.snapshot();
    const simulation: Simulation = new Simulation({
      txId: proposal.txId,
      ledger,
      snapshot,
      peerMspId: this.mspId,
      creator,
      invoke: (target, input) => invocation.call(simulation, target, input),
    });
    try {
      const version = this.#version(invocation, simulation, chaincode);
      const result = await this.#execute(proposal, () =>
        invocation.run(simulation, chaincode, proposal.input),
      );
      return verdict(result, version, () => finish(simulation));
    } finally {
      simulation.close();
      snapshot.close();
    }
  }

  /** The version of what is to run. @throws where it is not defined, approved and installed here. */
  #version(invocation: Invocation, simulation: Simulation, chaincode: string): string {
    if (chaincode === LIFECYCLE) return SYSTEM_VERSION;
    try {
      return invocation.resolve(simulation, chaincode).definition.version;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const { channelId } = simulation.options.ledger;
      throw new Error(
        `make sure the chaincode ${chaincode} has been successfully defined on channel ${channelId} and try again: ${reason}`,
        { cause },
      );
    }
  }

  async #execute(proposal: Proposal, run: () => Promise<ChaincodeResult>): Promise<ChaincodeResult> {
    try {
      return await run();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`error in simulation: failed to execute transaction ${proposal.txId}: ${reason}`, {
        cause,
      });
    }
  }

  async #endorse(proposal: Proposal, { result, version, simulation }: Simulated): Promise<Endorsed> {
    const { signer, channels } = this.#options;
    const { response, event } = result;
    this.#checkPlugin(proposal);
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
      response,
      interest: simulation?.interest ?? NO_INTEREST,
    };
  }

  #checkPlugin(proposal: Proposal): void {
    const plugin = this.#options.channels
      .get(proposal.channelId)
      ?.ledger.chaincode(proposal.chaincode)?.endorsementPlugin;
    if (plugin !== undefined && plugin !== BUILT_IN_ENDORSEMENT) {
      throw new Error(
        `endorsing with plugin failed: plugin with name ${plugin} could not be used: no such plugin`,
      );
    }
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
  message: () => new peer.ChaincodeInterest(),
};
