import { peer } from '@hyperledger/fabric-protos';
import type { Contract, Gateway, Transaction } from '@hyperledger/fabric-gateway';
import {
  FUNCTIONS,
  TRANSIENT_FIELD,
  canonicalJson,
  type FunctionName,
  type InputOf,
  type PrivateOf,
} from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import type {
  Attempt,
  Caller,
  Committed,
  CommitOutcome,
  CommitWaiter,
  Ledger,
  LedgerOptions,
} from '../ports.js';
import type { Signatory } from './connection.js';
import { endorsingOrganizations, type Member } from './endorsers.js';
import { isAmbiguous, isConflict, problemOf } from './fabric-error.js';
import type { ResultOf } from './results.js';

/** Who signs. */
export interface Signatories {
  readonly service: Signatory;
  /** The caller's key in custody; undefined where the key stays with the client. */
  of(caller: Caller): Promise<Signatory | undefined>;
}

export interface LedgerParts {
  readonly channel: string;
  readonly chaincode: string;
  readonly own: Member;
  readonly members: readonly Member[];
  readonly session: (signatory: Signatory) => Gateway;
  readonly signatories: Signatories;
  readonly commits: CommitWaiter;
  /** Undefined where the peer has not seen the transaction. */
  readonly status: (transactionId: string) => Promise<CommitOutcome | undefined>;
  /**
   * Prepares a call for a key that stays with the client: the problem to answer with, which holds what to sign.
   * Left out: such a caller has to prepare it itself.
   */
  readonly askClient?: (request: ClientCall) => Problem;
  /** Told of each submit: outcome and seconds. */
  readonly observe?: (name: FunctionName, outcome: string, seconds: number) => void;
  /** Waits before another attempt; replaced in tests. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** A call that its caller has to sign. */
export interface ClientCall {
  readonly caller: Caller;
  readonly name: FunctionName;
  readonly input: unknown;
  readonly private: unknown;
  readonly claim: LedgerOptions['claim'];
  readonly attempt: Attempt | undefined;
  /** An earlier transaction of the same attempt that is invalid. */
  readonly replaces: string | undefined;
}

interface Sent {
  readonly outcome: CommitOutcome;
  readonly result: unknown;
}
interface Proposal {
  readonly arguments: string[];
  readonly transientData?: Record<string, string>;
  readonly endorsingOrganizations?: string[];
}

const RETRIES = 5;
/** What a contract says at a peer that lacks the transaction before. */
const BEHIND: readonly string[] = ['NOT_FOUND', 'PRIVATE_DATA_MISSING'];
/** Together 3 to 6 s. */
const LOOKS_BEHIND = 7;
const PREPARE_IT = 'your key is not kept here: prepare and sign this call at /v1/transactions';

export function createLedger(parts: LedgerParts): Ledger {
  return new FabricLedger(parts);
}

class FabricLedger implements Ledger {
  readonly #parts: LedgerParts;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  async submit<F extends FunctionName>(
    name: F,
    input: InputOf<F>,
    priv: PrivateOf<F>,
    options: LedgerOptions,
  ): Promise<Committed<ResultOf<F>>> {
    const started = performance.now();
    const observe = (outcome: string) =>
      this.#parts.observe?.(name, outcome, (performance.now() - started) / 1_000);
    try {
      const signatory = await this.#signatory(options.as);
      const sent =
        signatory === undefined
          ? await this.#signedByClient(name, input, priv, options)
          : await this.#submit(
              this.#contract(signatory),
              name,
              this.#proposal(name, input, priv, options),
              options,
            );
      observe('committed');
      return {
        result: sent.result as ResultOf<F>,
        transaction: { id: sent.outcome.transactionId, block: sent.outcome.block },
      };
    } catch (error) {
      observe(error instanceof Problem ? error.code : 'INTERNAL');
      throw error;
    }
  }

  async evaluate<F extends FunctionName>(
    name: F,
    input: InputOf<F>,
    options: LedgerOptions,
    priv?: PrivateOf<F>,
  ): Promise<ResultOf<F>> {
    const { service, of } = this.#parts.signatories;
    const signatory = options.as === 'service' ? service : ((await of(options.as)) ?? service);
    const proposal = {
      ...this.#proposal(name, input, priv as PrivateOf<F>, options),
      endorsingOrganizations: [this.#parts.own.mspId],
    };
    try {
      return parse(await this.#contract(signatory).evaluate(name, proposal)) as ResultOf<F>;
    } catch (error) {
      throw problemOf(error, 'evaluate');
    }
  }

  /** Undefined: the caller's key is not in custody here. */
  async #signatory(as: Caller | 'service'): Promise<Signatory | undefined> {
    return as === 'service' ? this.#parts.signatories.service : await this.#parts.signatories.of(as);
  }

  /** What the client has signed and sent by now; else what it has to sign. */
  async #signedByClient(
    name: FunctionName,
    input: unknown,
    priv: unknown,
    { as, attempt, claim }: LedgerOptions,
  ): Promise<Sent> {
    const earlier = await this.#earlier(attempt);
    if (earlier?.outcome.code === peer.TxValidationCode.VALID) return earlier;
    const replaces = earlier?.outcome.transactionId;
    const request = { name, input, private: priv, claim, attempt, replaces };
    const problem = as === 'service' ? undefined : this.#parts.askClient?.({ caller: as, ...request });
    throw problem ?? new Problem('CLIENT_SIGNATURE_REQUIRED', PREPARE_IT);
  }

  #contract(signatory: Signatory): Contract {
    return this.#parts.session(signatory).getNetwork(this.#parts.channel).getContract(this.#parts.chaincode);
  }

  #proposal<F extends FunctionName>(
    name: F,
    input: InputOf<F>,
    priv: PrivateOf<F>,
    options: LedgerOptions,
  ): Proposal {
    const { own, members } = this.#parts;
    const organisations = endorsingOrganizations(FUNCTIONS[name].endorsers, own, members, options.claim);
    return {
      arguments: [canonicalJson(input)],
      ...(priv === undefined ? {} : { transientData: { [TRANSIENT_FIELD]: canonicalJson(priv) } }),
      ...(organisations === undefined ? {} : { endorsingOrganizations: organisations }),
    };
  }

  async #submit(
    contract: Contract,
    name: FunctionName,
    proposal: Proposal,
    options: LedgerOptions,
  ): Promise<Sent> {
    const { attempt } = options;
    const earlier = await this.#earlier(attempt);
    if (earlier?.outcome.code === peer.TxValidationCode.VALID) return earlier;
    for (let count = 0; ; count++) {
      const sent = await this.#send(contract, name, proposal, options);
      const { code, transactionId } = sent.outcome;
      if (code === peer.TxValidationCode.VALID) return sent;
      if (!isConflict(code)) {
        throw new Problem('LEDGER_REJECTED', `the transaction is invalid: ${validationName(code)}`, {
          transactionId,
        });
      }
      if (count === RETRIES) {
        throw new Problem('LEDGER_CONFLICT', 'others kept changing the same asset', {
          transactionId,
          retryAfter: 1,
        });
      }
      await this.#pause(count);
    }
  }

  /** What an attempt before this one sent, if it is on the ledger. */
  async #earlier(attempt?: Attempt): Promise<Sent | undefined> {
    const previous = await attempt?.previous();
    if (previous === undefined) return undefined;
    const outcome = await this.#parts.status(previous.transactionId).catch((error: unknown) => {
      throw problemOf(error, 'commit');
    });
    return outcome === undefined ? undefined : { outcome, result: previous.result };
  }

  async #send(
    contract: Contract,
    name: FunctionName,
    proposal: Proposal,
    { attempt, follows = false }: LedgerOptions,
  ): Promise<Sent> {
    const transaction = await this.#endorsed(contract, name, proposal, follows);
    const transactionId = transaction.getTransactionId();
    const result = parse(transaction.getResult());
    await attempt?.sending({ transactionId, result });
    const commit = this.#parts.commits.expect(transactionId);
    try {
      await transaction.submit();
    } catch (error) {
      // An answer that was lost says nothing: the commit (or the peer, asked for it) decides.
      if (!isAmbiguous(error)) {
        commit.cancel();
        throw problemOf(error, 'submit');
      }
    }
    return { outcome: await commit.outcome, result };
  }

  async #endorsed(
    contract: Contract,
    name: FunctionName,
    proposal: Proposal,
    follows: boolean,
  ): Promise<Transaction> {
    for (let count = 0; ; count++) {
      try {
        return await contract.newProposal(name, proposal).endorse();
      } catch (error) {
        const problem = problemOf(error, 'endorse');
        if (!follows || !BEHIND.includes(problem.code) || count === LOOKS_BEHIND) throw problem;
        await this.#pause(count);
      }
    }
  }

  /** 25 to 50 ms, doubled each time. */
  async #pause(count: number): Promise<void> {
    const ms = 25 * 2 ** count * (1 + Math.random());
    await (this.#parts.pause?.(ms) ?? new Promise<void>((resume) => setTimeout(resume, ms)));
  }
}

function parse(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString('utf8');
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** Fabric's name of a validation code, e.g. `ENDORSEMENT_POLICY_FAILURE`. */
export function validationName(code: number): string {
  return Object.entries(peer.TxValidationCode).find(([, value]) => value === code)?.[0] ?? `code ${code}`;
}
