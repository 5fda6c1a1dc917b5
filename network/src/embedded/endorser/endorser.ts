import { peer } from '@hyperledger/fabric-protos';
import { ChaincodeError, type ChaincodeResult } from '../chaincode/index.js';
import type { ChannelLedger, Identity, NodeSigner } from '../parts.js';
import type { Endorsement, Response } from '../wire/index.js';
import type { EndorsementInterest } from './endorsement-interest.js';
import { Invocation, type InvocationOptions } from './invocation.js';
import type { Proposal } from './proposal.js';
import { endorsement, responsePayload } from './proposal-response.js';
import { Simulation, type SimulationResult } from './simulation.js';
import { SYSTEM_CHAINCODES, SYSTEM_VERSION } from './system-chaincode.js';

/** Of a chaincode's response: from here on the transaction must not be submitted. */
const ERROR_THRESHOLD = 400;
/** From here on Fabric's peers show what was simulated all the same, unsigned. */
const ERROR = 500;
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
  readonly endorsement: Endorsement;
  readonly response: Response;
  readonly interest: EndorsementInterest;
}
/** What the chaincode answered, unsigned. */
export interface Evaluated {
  readonly kind: 'evaluated';
  readonly response: Response;
}
/** The chaincode refused, and so will every peer's. */
export interface Refused {
  readonly kind: 'refused';
  readonly response: Response;
  /** As of an endorsed one, for a status of 500 and more; without results where they were not asked for. */
  readonly payload: Uint8Array | undefined;
  readonly interest: EndorsementInterest | undefined;
}
/** The chaincode was not run, or not to its end: another peer may do better. */
export interface Failed {
  readonly kind: 'failed';
  /** Of the response in which clients are told. */
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
  async process(proposal: Proposal, creator: Identity): Promise<Endorsed | Refused | Failed> {
    return this.#attempt(async () => {
      const simulated = await this.#simulate(proposal, creator, (simulation) => simulation.finish());
      return isRefusal(simulated) ? refused(proposal, simulated) : this.#endorse(proposal, simulated);
    });
  }

  /**
   * Simulates for the response alone: nothing is signed, and private writes are not kept. All that a proposal
   * without a channel can have. Never rejects.
   */
  async evaluate(proposal: Proposal, creator: Identity): Promise<Evaluated | Refused | Failed> {
    return this.#attempt(async () => {
      const simulated = await this.#simulate(proposal, creator, () => undefined);
      return isRefusal(simulated)
        ? refused(proposal, simulated)
        : { kind: 'evaluated', response: simulated.result.response };
    });
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | Failed> {
    try {
      return await work();
    } catch (error) {
      return { kind: 'failed', status: 500, message: error instanceof Error ? error.message : String(error) };
    }
  }

  #ledger({ channelId }: Proposal): ChannelLedger {
    const ledger = this.#options.channels.get(channelId)?.ledger;
    if (ledger === undefined) throw new Error(`channel '${channelId}' not found`);
    return ledger;
  }

  /** @param finish what is made of what was collected */
  async #simulate(
    proposal: Proposal,
    creator: Identity,
    finish: (simulation: Simulation) => SimulationResult | undefined,
  ): Promise<Simulated> {
    const { chaincode, channelId } = proposal;
    const invocation = new Invocation(proposal, creator, this.#options);
    if (SYSTEM_CHAINCODES.includes(chaincode) && (chaincode !== LIFECYCLE || channelId === '')) {
      const result = await this.#execute(proposal, () => invocation.runSystem(chaincode, proposal.input));
      return { result, version: SYSTEM_VERSION, simulation: undefined };
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
      return { result, version, simulation: finish(simulation) };
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
      // It was executed, and that is what came of it.
      const isAnswer = cause instanceof ChaincodeError && cause.code === 'BAD_ANSWER';
      const what = isAnswer ? reason : `failed to execute transaction ${proposal.txId}: ${reason}`;
      throw new Error(`error in simulation: ${what}`, { cause });
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
    const results = simulation?.publicSet;
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
  readonly result: ChaincodeResult;
  readonly version: string;
  readonly simulation: SimulationResult | undefined;
}

function isRefusal({ result }: Simulated): boolean {
  return result.response.status >= ERROR_THRESHOLD;
}

function refused(proposal: Proposal, { result: { response }, version, simulation }: Simulated): Refused {
  if (response.status < ERROR) return { kind: 'refused', response, payload: undefined, interest: undefined };
  const results = simulation?.publicSet;
  const payload = responsePayload({ proposal, version, response, event: undefined, results });
  return { kind: 'refused', response, payload, interest: simulation?.interest };
}

const NO_INTEREST: EndorsementInterest = {
  policies: [],
  readers: undefined,
  members: undefined,
  writtenOnly: [],
  message: () => new peer.ChaincodeInterest(),
};
