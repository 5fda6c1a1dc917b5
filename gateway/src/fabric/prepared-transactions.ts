import { createHash } from 'node:crypto';
import type { Gateway, Proposal, Transaction } from '@hyperledger/fabric-gateway';
import { FUNCTIONS, TRANSIENT_FIELD, canonicalJson, type FunctionName } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import type { CommitOutcome } from '../ports.js';
import { endorsingOrganizations, type Member } from './endorsers.js';
import { problemOf } from './fabric-error.js';
import { derFromP1363 } from '../identity/index.js';

export type SigningStage = 'proposal' | 'transaction' | 'commit';

/** What the client signs next: ECDSA-SHA256 over `payload`, that is, over the hash `digest`. */
export interface ToSign {
  readonly stage: SigningStage;
  readonly transactionId: string;
  readonly payload: Uint8Array;
  readonly digest: string;
  readonly expiresAt: Date;
}
export interface Finished {
  readonly stage: 'done';
  readonly transactionId: string;
  readonly outcome: CommitOutcome;
  readonly result: unknown;
}

export interface PrepareRequest {
  readonly owner: string;
  readonly function: FunctionName;
  readonly input: unknown;
  readonly private?: unknown;
  readonly claim?: { readonly hospital: string; readonly insurer: string };
}

/** Transactions between the client's three signatures, in memory: bounded, five minutes each. */
export interface PreparedTransactions {
  /** `session` has the client's identity and no signer. */
  prepare(session: Gateway, request: PrepareRequest): ToSign;
  /**
   * @param signature r||s, 64 bytes.
   * @throws Problem PREPARED_UNKNOWN, STEP_OUT_OF_ORDER, SIGNATURE_INVALID, or what the ledger says.
   */
  sign(
    owner: string,
    transactionId: string,
    stage: SigningStage,
    signature: Uint8Array,
  ): Promise<ToSign | Finished>;
  /** How far it is; undefined where nothing is prepared under that id. */
  stage(owner: string, transactionId: string): SigningStage | 'done' | undefined;
}

export interface PreparedParts {
  readonly channel: string;
  readonly chaincode: string;
  readonly own: Member;
  readonly members: readonly Member[];
  readonly lifeMs?: number;
  readonly capacity?: number;
  readonly now?: () => number;
}

interface Entry {
  readonly owner: string;
  readonly session: Gateway;
  readonly expiresAt: Date;
  stage: SigningStage | 'done';
  bytes: Uint8Array;
  result: unknown;
  busy: boolean;
}

export function createPreparedTransactions(parts: PreparedParts): PreparedTransactions {
  const { channel, chaincode, own, members, lifeMs = 300_000, capacity = 1_000 } = parts;
  const now = parts.now ?? Date.now;
  const entries = new Map<string, Entry>();

  const expire = () => {
    for (const [id, entry] of entries) {
      if (entry.expiresAt.getTime() <= now()) entries.delete(id);
    }
  };
  const find = (owner: string, transactionId: string): Entry | undefined => {
    expire();
    const entry = entries.get(transactionId);
    return entry?.owner === owner ? entry : undefined;
  };
  const toSign = (transactionId: string, entry: Entry, stage: SigningStage, payload: Uint8Array): ToSign => {
    entry.stage = stage;
    const digest = createHash('sha256').update(payload).digest('hex');
    return { stage, transactionId, payload, digest, expiresAt: entry.expiresAt };
  };

  const endorse = async (id: string, entry: Entry, signature: Uint8Array): Promise<ToSign> => {
    const proposal: Proposal = entry.session.newSignedProposal(entry.bytes, signature);
    const transaction = await proposal.endorse().catch((error: unknown) => {
      throw problemOf(error, 'endorse');
    });
    entry.bytes = transaction.getBytes();
    const text = Buffer.from(transaction.getResult()).toString('utf8');
    entry.result = text === '' ? undefined : (JSON.parse(text) as unknown);
    return toSign(id, entry, 'transaction', transaction.getDigest());
  };
  const submit = async (id: string, entry: Entry, signature: Uint8Array): Promise<ToSign> => {
    const transaction: Transaction = entry.session.newSignedTransaction(entry.bytes, signature);
    const submitted = await transaction.submit().catch((error: unknown) => {
      throw problemOf(error, 'submit');
    });
    entry.bytes = submitted.getBytes();
    return toSign(id, entry, 'commit', submitted.getDigest());
  };
  const status = async (id: string, entry: Entry, signature: Uint8Array): Promise<Finished> => {
    const commit = entry.session.newSignedCommit(entry.bytes, signature);
    const answer = await commit.getStatus().catch((error: unknown) => {
      throw problemOf(error, 'commit');
    });
    entry.stage = 'done';
    const outcome = { transactionId: id, block: Number(answer.blockNumber), code: answer.code };
    return { stage: 'done', transactionId: id, outcome, result: entry.result };
  };

  return {
    prepare(session, request) {
      expire();
      if (entries.size >= capacity) {
        throw new Problem('OVERLOADED', 'too many transactions wait for signatures', { retryAfter: 30 });
      }
      const organisations = endorsingOrganizations(
        FUNCTIONS[request.function].endorsers,
        own,
        members,
        request.claim,
      );
      const proposal = session
        .getNetwork(channel)
        .getContract(chaincode)
        .newProposal(request.function, {
          arguments: [canonicalJson(request.input)],
          ...(request.private === undefined
            ? {}
            : { transientData: { [TRANSIENT_FIELD]: canonicalJson(request.private) } }),
          ...(organisations === undefined ? {} : { endorsingOrganizations: organisations }),
        });
      const id = proposal.getTransactionId();
      const entry: Entry = {
        owner: request.owner,
        session,
        expiresAt: new Date(now() + lifeMs),
        stage: 'proposal',
        bytes: proposal.getBytes(),
        result: undefined,
        busy: false,
      };
      entries.set(id, entry);
      return toSign(id, entry, 'proposal', proposal.getDigest());
    },
    async sign(owner, transactionId, stage, signature) {
      const entry = find(owner, transactionId);
      if (entry === undefined)
        throw new Problem('PREPARED_UNKNOWN', 'nothing is prepared under this id, or no more');
      if (entry.stage !== stage || entry.busy) {
        throw new Problem('STEP_OUT_OF_ORDER', `the open step is ${entry.stage}`, { transactionId });
      }
      const der = derOf(signature);
      entry.busy = true;
      try {
        if (stage === 'proposal') return await endorse(transactionId, entry, der);
        if (stage === 'transaction') return await submit(transactionId, entry, der);
        return await status(transactionId, entry, der);
      } finally {
        entry.busy = false;
      }
    },
    stage: (owner, transactionId) => find(owner, transactionId)?.stage,
  };
}

function derOf(signature: Uint8Array): Uint8Array {
  try {
    return derFromP1363(signature);
  } catch {
    throw new Problem('SIGNATURE_INVALID', 'a signature is r||s, 64 bytes');
  }
}
