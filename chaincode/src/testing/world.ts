import { createHash } from 'node:crypto';
import {
  ATTRIBUTES,
  FUNCTIONS,
  TRANSIENT_FIELD,
  canonicalJson,
  isCare,
  majority,
  type ChangeSet,
  type Endorsers,
  type FunctionName,
  type InputOf,
  type PrivateOf,
  type Role,
} from '../api/index.js';
import { testCertificate } from './certificate.js';
import { ChaincodeHost, type ChaincodeModule, type Creator, type Outcome } from './chaincode-host.js';
import { Committer, type Transaction } from './committer.js';
import { FOUR_ORGANISATIONS, type WorldOrganisation } from './consortiums.js';
import { Disclosure } from './disclosure.js';
import { chaincodePolicy, collectionsOf, type Collection } from './policies.js';
import { Simulation, comparableBytes } from './simulation.js';
import { WorldState } from './state.js';
import { CommitFailed, EndorsementMismatch, Refused } from './world-errors.js';

/** A client with a certificate. */
export interface Caller extends Creator {
  readonly name: string;
  readonly organisation: string;
  readonly role: Role;
  readonly subject: string;
}
export interface CallOptions<F extends FunctionName> {
  readonly private?: PrivateOf<F>;
  /** Names of the organisations whose peers endorse, instead of those that FUNCTIONS names. */
  readonly endorsers?: readonly string[];
  /** The claim's care organisation and insurer, where the ledger does not know the claim yet. */
  readonly pair?: readonly [care: string, insurer: string];
  /** The client's clock; left out: the world's. */
  readonly at?: Date;
}
export interface Endorsed {
  readonly transaction: Transaction;
  readonly result: unknown;
  readonly event: ChangeSet | undefined;
}
export interface Committed {
  readonly txId: string;
  readonly result: unknown;
  readonly event: ChangeSet;
}

const OK = 200;

/**
 * Our contracts on a ledger in memory that enforces what Fabric enforces: every submit is simulated at each
 * endorsing organisation, with the private data that this organisation holds and no other, the results must be
 * equal to the byte, and the commit checks chaincode, collection and key-level policies and what was read.
 */
export class World {
  readonly state = new WorldState();
  readonly disclosure: Disclosure;
  /** Time of the next transactions; tests move it. */
  now = new Date('2026-01-05T08:00:00.000Z');
  readonly channel = 'care';
  readonly #collections: ReadonlyMap<string, Collection>;
  readonly #committer: Committer;
  readonly #host: ChaincodeHost;
  #count = 0;

  constructor(
    chaincode: ChaincodeModule,
    readonly organisations: readonly WorldOrganisation[] = FOUR_ORGANISATIONS,
  ) {
    this.#host = new ChaincodeHost(chaincode);
    this.#collections = collectionsOf(organisations);
    this.#committer = new Committer(this.state, chaincodePolicy(organisations), this.#collections);
    this.disclosure = new Disclosure(organisations);
  }

  /** A new identity of that organisation; its `subject` is made up unless given. */
  async caller(organisation: string, role: Role, subject = this.id()): Promise<Caller> {
    const { mspId } = this.organisation(organisation);
    const name = `${role}.${subject.slice(0, 8)}`;
    const certificate = await testCertificate(name, {
      [ATTRIBUTES.role]: role,
      [ATTRIBUTES.subject]: subject,
      'hf.EnrollmentID': name,
    });
    return { name, organisation, role, subject, mspId, certificate };
  }

  /** The next of a fixed sequence of 128-bit ids in hex. */
  id(): string {
    return createHash('sha256').update(`id ${++this.#count}`).digest('hex').slice(0, 32);
  }

  advance(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
  }

  organisation(name: string): WorldOrganisation {
    const found = this.organisations.find((organisation) => organisation.name === name);
    if (found === undefined) throw new Error(`this world has no ${name}`);
    return found;
  }

  /** @throws Refused, EndorsementMismatch or CommitFailed. */
  async submit<F extends FunctionName>(
    caller: Caller,
    name: F,
    input: InputOf<F>,
    options: CallOptions<F> = {},
  ): Promise<Committed> {
    const endorsed = await this.endorse(caller, name, input, options);
    this.commit(endorsed);
    const { transaction, result, event } = endorsed;
    return { txId: transaction.txId, result, event: event ?? { function: name, changes: [] } };
  }

  /** Simulates at every endorser. The transaction can be committed later, to see conflicts. */
  async endorse<F extends FunctionName>(
    caller: Caller,
    name: F,
    input: InputOf<F>,
    options: CallOptions<F> = {},
  ): Promise<Endorsed> {
    const endorsers =
      options.endorsers ?? this.#endorsersOf(FUNCTIONS[name].endorsers, caller, input, options.pair);
    const txId = createHash('sha256').update(`tx ${++this.#count}`).digest('hex');
    const at = options.at ?? this.now;
    const simulated: { simulation: Simulation; outcome: Outcome }[] = [];
    for (const endorser of endorsers) {
      simulated.push(await this.#simulate(caller, name, input, options, { endorser, txId, at }));
    }
    const [first] = simulated;
    if (first === undefined) throw new Error('a transaction needs an endorser');
    const bytes = simulated.map(({ simulation, outcome }) => resultBytes(simulation, outcome));
    if (bytes.some((other) => other !== bytes[0])) {
      throw new EndorsementMismatch(`${name} at ${endorsers.join(', ')}:\n${bytes.join('\n')}`);
    }
    const mspIds = new Set(endorsers.map((endorser) => this.organisation(endorser).mspId));
    return {
      transaction: { txId, at, set: first.simulation.set, endorsers: mspIds },
      result: parsed(first.outcome.payload),
      event: parsed(first.outcome.event?.payload) as ChangeSet | undefined,
    };
  }

  /** @throws CommitFailed; the transaction's public bytes are on the chain either way. */
  commit({ transaction, result, event }: Endorsed): void {
    const { set } = transaction;
    this.disclosure.published(JSON.stringify([result ?? null, event ?? null]));
    for (const [key, { value }] of set.writes) this.disclosure.published(key, value ?? '');
    this.#committer.commit(transaction);
    for (const { collection, value } of set.privateWrites.values()) {
      for (const member of this.#collections.get(collection)?.members ?? []) {
        this.disclosure.saw(member, value ?? '');
      }
    }
  }

  /** Asks one organisation's peer (the caller's own unless named); nothing is written. @throws Refused. */
  async evaluate<F extends FunctionName>(
    caller: Caller,
    name: F,
    input: InputOf<F>,
    options: CallOptions<F> = {},
  ): Promise<unknown> {
    const [endorser = caller.organisation] = options.endorsers ?? [];
    const txId = createHash('sha256').update(`tx ${++this.#count}`).digest('hex');
    const { outcome } = await this.#simulate(
      caller,
      name,
      input,
      options,
      { endorser, txId, at: options.at ?? this.now },
      false,
    );
    this.disclosure.saw(caller.mspId, outcome.payload);
    return parsed(outcome.payload);
  }

  /** A public value under a composite key [type, id]; undefined where there is none. */
  value(type: string, ...attributes: string[]): unknown {
    return parsed(this.state.values.get(compositeKey(type, attributes))?.value);
  }

  async #simulate<F extends FunctionName>(
    caller: Caller,
    name: F,
    input: InputOf<F>,
    options: CallOptions<F>,
    { endorser, txId, at }: { endorser: string; txId: string; at: Date },
    onChain = true,
  ): Promise<{ simulation: Simulation; outcome: Outcome }> {
    const peer = this.organisation(endorser);
    const argument = canonicalJson(input);
    const transient = new Map<string, Buffer>();
    if (options.private !== undefined) {
      const plaintext = Buffer.from(canonicalJson(options.private));
      transient.set(TRANSIENT_FIELD, plaintext);
      this.disclosure.saw(caller.mspId, plaintext);
      this.disclosure.saw(peer.mspId, plaintext);
    }
    if (onChain) this.disclosure.published(name, argument);
    const simulation = new Simulation(this.state, this.#collections, peer.mspId, caller.mspId);
    const outcome = await this.#host.invoke(simulation, {
      channel: this.channel,
      txId,
      at,
      creator: caller,
      args: [name, argument],
      transient,
    });
    for (const { value } of simulation.set.privateWrites.values()) {
      this.disclosure.saw(peer.mspId, value ?? '');
    }
    if (outcome.status !== OK) throw new Refused(endorser, outcome.message);
    return { simulation, outcome };
  }

  #endorsersOf(
    kind: Endorsers,
    caller: Caller,
    input: unknown,
    pair = this.#pairOf(input) ?? [caller.organisation, caller.organisation],
  ): string[] {
    const [care, insurer] = pair;
    switch (kind) {
      case 'own':
        return [caller.organisation];
      case 'pair':
        return [...new Set([care, insurer])];
      case 'insurer':
        return [...new Set([insurer, ...this.#majority(caller)])];
      case 'policy':
      case 'care':
        return this.#majority(caller);
    }
  }

  /** The smallest majority of the care organisations, the caller's own first. */
  #majority(caller: Caller): string[] {
    const care = this.organisations.filter(({ kind }) => isCare(kind)).map(({ name }) => name);
    const own = care.filter((name) => name === caller.organisation);
    const others = care.filter((name) => name !== caller.organisation);
    return [...own, ...others].slice(0, majority(care.length));
  }

  #pairOf(input: unknown): readonly [string, string] | undefined {
    const { claim, id } = input as { claim?: string; id?: string };
    const found = this.value('claim', claim ?? id ?? '-') as
      { hospital: string; insurer: string } | undefined;
    return found && [found.hospital, found.insurer];
  }
}

/** Commits what must fail, and gives the failure back. */
export function commitFailure(world: World, endorsed: Endorsed): CommitFailed {
  try {
    world.commit(endorsed);
  } catch (error) {
    if (error instanceof CommitFailed) return error;
    throw error;
  }
  throw new Error('the commit should have failed');
}

function compositeKey(type: string, attributes: readonly string[]): string {
  return `\u0000${[type, ...attributes].join('\u0000')}\u0000`;
}

function parsed(bytes: Buffer | undefined): unknown {
  return bytes === undefined || bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'));
}

function resultBytes({ set }: Simulation, { payload, event }: Outcome): string {
  return `${comparableBytes(set)} ${payload.toString('utf8')} ${event?.name} ${event?.payload.toString('utf8')}`;
}
