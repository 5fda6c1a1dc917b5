import { checkAccess, noSuchChannel, notSatisfied } from '../access/index.js';
import type { ChaincodeResult, ChaincodeRuntime } from '../chaincode/index.js';
import { IdentityError } from '../identity/index.js';
import type { ChaincodeDefinition, ChannelLedger, Channels, Identity, NodeSigner } from '../parts.js';
import { chaincodeInput, type ChaincodeInput } from '../wire/index.js';
import type { Proposal } from './proposal.js';
import { Simulation } from './simulation.js';
import { NO_LSCC, SYSTEM_CHAINCODES, type SystemChaincode } from './system-chaincode.js';

/** Key in a chaincode's state where the version stands that was initialised; above all that chaincodes write. */
const INITIALIZED_KEY = '\u0000\u{10ffff}initialized';

export interface InvocationOptions {
  readonly signer: NodeSigner;
  /** Those that the peer has joined. */
  readonly channels: Channels;
  /** By name. */
  readonly systemChaincodes: ReadonlyMap<string, SystemChaincode>;
  /**
   * What runs that chaincode on this peer.
   * @throws an error in Fabric's words where the peer's organisation has not approved it, or it is not installed.
   */
  readonly runtime: (ledger: ChannelLedger, definition: ChaincodeDefinition) => ChaincodeRuntime;
  /** Whether `runtime` would give one, for whoever chooses among peers. */
  readonly runs: (ledger: ChannelLedger, chaincode: string) => boolean;
}

/** The chaincodes that one proposal runs: the one that it names, and those that chaincode calls. */
export class Invocation {
  readonly #proposal: Proposal;
  readonly #creator: Identity;
  readonly #options: InvocationOptions;

  constructor(proposal: Proposal, creator: Identity, options: InvocationOptions) {
    this.#proposal = proposal;
    this.#creator = creator;
    this.#options = options;
  }

  /**
   * The definition at the simulation's height, which goes into the read set, and what runs it.
   * @throws an error in Fabric's words where the peer does not run it.
   */
  resolve(
    simulation: Simulation,
    chaincode: string,
  ): { definition: ChaincodeDefinition; runtime: ChaincodeRuntime } {
    const { ledger } = simulation.options;
    const definition = simulation.definition(chaincode);
    if (definition === undefined) throw new Error(`chaincode ${chaincode} not found`);
    return { definition, runtime: this.#options.runtime(ledger, definition) };
  }

  /** Runs a chaincode of the simulation's channel. */
  async run(simulation: Simulation, chaincode: string, input: ChaincodeInput): Promise<ChaincodeResult> {
    if (SYSTEM_CHAINCODES.includes(chaincode)) return this.runSystem(chaincode, input, simulation);
    let resolved;
    try {
      resolved = this.resolve(simulation, chaincode);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const { channelId } = simulation.options.ledger;
      throw new Error(
        `invalid invocation: [channel ${channelId}] failed to get chaincode container info for ${chaincode}: ${reason}`,
        { cause },
      );
    }
    const { definition, runtime } = resolved;
    const isInit = checkInitialization(simulation, definition, input);
    return runtime.execute({
      channelId: simulation.options.ledger.channelId,
      txId: this.#proposal.txId,
      chaincode,
      isInit,
      input: withoutDecorations(input),
      proposal: this.#proposal,
      state: simulation.state(chaincode),
    });
  }

  /** Runs a chaincode that is part of the peer; only `_lifecycle` has a state, and none outside a channel. */
  async runSystem(
    chaincode: string,
    input: ChaincodeInput,
    simulation?: Simulation,
  ): Promise<ChaincodeResult> {
    const found = this.#options.systemChaincodes.get(chaincode);
    if (found === undefined) throw new Error(NO_LSCC);
    if (input.isInit) {
      throw new Error(
        `invalid invocation: chaincode '${chaincode}' does not require initialization but called as init`,
      );
    }
    const hasState = simulation !== undefined && chaincode === '_lifecycle';
    const response = await found.invoke({
      channel: hasState
        ? { ledger: simulation.options.ledger, state: simulation.state(chaincode) }
        : undefined,
      args: input.args,
      creator: this.#creator,
      peerMspId: this.#options.signer.mspId,
      proposed: this.#proposal.chaincode,
    });
    return { response, event: undefined };
  }

  /**
   * Chaincode calls chaincode. On the same channel its writes join the transaction; another channel is only read.
   * Its event is dropped.
   * @param target `name`, `name:version` or `name/channel`; the version is not looked at.
   */
  async call(simulation: Simulation, target: string, input: ChaincodeInput): Promise<ChaincodeResult> {
    const [nameAndVersion = '', ...channelParts] = target.split('/');
    const [name = ''] = nameAndVersion.split(':', 1);
    const own = simulation.options.ledger.channelId;
    const channelId = channelParts.join('/') || own;
    if (!SYSTEM_CHAINCODES.includes(name)) this.#checkCaller(channelId);
    try {
      return channelId === own
        ? await this.run(simulation, name, input)
        : await this.#runElsewhere(channelId, name, input);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`execute failed: ${reason}`, { cause });
    }
  }

  /** The creator has to be a writer of the channel that is called, also where it is only read. */
  #checkCaller(channelId: string): void {
    const ledger = this.#options.channels.get(channelId)?.ledger;
    if (ledger === undefined) throw noSuchChannel(channelId);
    checkAccess(ledger, 'peer/ChaincodeToChaincode', this.#creatorAt(ledger));
  }

  #creatorAt(ledger: ChannelLedger): Identity {
    try {
      const creator = ledger.msps.deserialize(this.#creator.serialized);
      creator.validate();
      return creator;
    } catch (cause) {
      if (!(cause instanceof IdentityError)) throw cause;
      throw notSatisfied(ledger, 'peer/ChaincodeToChaincode');
    }
  }

  async #runElsewhere(channelId: string, chaincode: string, input: ChaincodeInput): Promise<ChaincodeResult> {
    const ledger = this.#options.channels.get(channelId)?.ledger;
    if (ledger === undefined) throw new Error(`failed to find ledger for channel: ${channelId}`);
    const snapshot = ledger.snapshot();
    const simulation: Simulation = new Simulation({
      txId: this.#proposal.txId,
      ledger,
      snapshot,
      peerMspId: this.#options.signer.mspId,
      creator: this.#creatorAt(ledger),
      invoke: (target, called) => this.call(simulation, target, called),
    });
    try {
      return await this.run(simulation, chaincode, input);
    } finally {
      simulation.close();
      snapshot.close();
    }
  }
}

/** @returns whether the call is the initialisation. @throws an error in Fabric's words where it must be, or must not. */
function checkInitialization(
  simulation: Simulation,
  { name, version, initRequired }: ChaincodeDefinition,
  input: ChaincodeInput,
): boolean {
  const state = initRequired ? simulation.state(name) : undefined;
  const initialized = state?.get('', INITIALIZED_KEY);
  const isDue = initRequired && Buffer.from(initialized ?? []).toString('utf8') !== version;
  const refuse = (reason: string): never => {
    throw new Error(`invalid invocation: chaincode '${name}' ${reason}`);
  };
  if (!input.isInit) {
    if (isDue) refuse('has not been initialized for this version, must call as init first');
    return false;
  }
  if (!initRequired) refuse('does not require initialization but called as init');
  if (!isDue) refuse('is already initialized but called as init');
  state?.put('', INITIALIZED_KEY, Buffer.from(version));
  return true;
}

/** Decorations are the peer's to give, not the client's; this peer gives none. */
function withoutDecorations(input: ChaincodeInput): ChaincodeInput {
  return input.hasDecorations ? chaincodeInput(input.args, input.isInit) : input;
}
