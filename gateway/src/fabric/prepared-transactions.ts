import { X509Certificate, createHash, verify } from 'node:crypto';
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
  /** Names the call: preparing it again, with the same arguments, goes on with its open step. */
  readonly attempt?: string;
  /** A transaction of this call that came to nothing. */
  readonly replaces?: string;
  /** Told of the result, before the client signs the transaction. */
  readonly endorsed?: (sent: { transactionId: string; result: unknown }) => Promise<void>;
}

/** Transactions between the client's three signatures, in memory: bounded, five minutes each. */
export interface PreparedTransactions {
  /** `session` has the client's identity and no signer. @throws Problem OVERLOADED */
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

/** Of one caller, and bytes of all. */
const OWN_CAPACITY = 64;
const BYTES_CAPACITY = 128 * 1024 * 1024;

interface Entry {
  readonly owner: string;
  /** Hash of the call; undefined where it has no name. */
  readonly call: string | undefined;
  readonly endorsed: PrepareRequest['endorsed'];
  readonly session: Gateway;
  readonly expiresAt: Date;
  stage: SigningStage | 'done';
  /** The step that is open, until it is done. */
  open: ToSign | undefined;
  bytes: Uint8Array;
  result: unknown;
  busy: boolean;
}

export function createPreparedTransactions(parts: PreparedParts): PreparedTransactions {
  const { channel, chaincode, own: organisation, members, lifeMs = 300_000, capacity = 1_000 } = parts;
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
    entry.open = { stage, transactionId, payload, digest, expiresAt: entry.expiresAt };
    return entry.open;
  };

  const endorse = async (id: string, entry: Entry, signature: Uint8Array): Promise<ToSign> => {
    const proposal: Proposal = entry.session.newSignedProposal(entry.bytes, signature);
    const transaction = await proposal.endorse().catch((error: unknown) => {
      throw problemOf(error, 'endorse');
    });
    entry.bytes = transaction.getBytes();
    const text = Buffer.from(transaction.getResult()).toString('utf8');
    entry.result = text === '' ? undefined : (JSON.parse(text) as unknown);
    await entry.endorsed?.({ transactionId: id, result: entry.result });
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
    entry.open = undefined;
    const outcome = { transactionId: id, block: Number(answer.blockNumber), code: answer.code };
    return { stage: 'done', transactionId: id, outcome, result: entry.result };
  };

  return {
    prepare(session, request) {
      expire();
      const { owner, replaces } = request;
      const call = callOf(request);
      if (replaces !== undefined && entries.get(replaces)?.owner === owner) entries.delete(replaces);
      const own = [...entries.values()].filter((entry) => entry.owner === owner);
      const open = call === undefined ? undefined : own.find((entry) => entry.call === call)?.open;
      if (open !== undefined) return open;
      checkRoom(entries, own.length, capacity);
      const organisations = endorsingOrganizations(
        FUNCTIONS[request.function].endorsers,
        organisation,
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
        owner,
        call,
        endorsed: request.endorsed,
        session,
        expiresAt: new Date(now() + lifeMs),
        stage: 'proposal',
        open: undefined,
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
      checkSignature(entry, signature);
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

function callOf({ attempt, function: name, input, private: priv }: PrepareRequest): string | undefined {
  if (attempt === undefined) return undefined;
  return createHash('sha256')
    .update(canonicalJson([attempt, name, input, priv ?? null]))
    .digest('hex');
}

/** One caller can neither take all the room nor all the memory. @throws Problem OVERLOADED */
function checkRoom(entries: ReadonlyMap<string, Entry>, own: number, capacity: number): void {
  let bytes = 0;
  for (const entry of entries.values()) bytes += entry.bytes.length + (entry.open?.payload.length ?? 0);
  if (entries.size < capacity && own < OWN_CAPACITY && bytes < BYTES_CAPACITY) return;
  throw new Problem('OVERLOADED', 'too many transactions wait for signatures', { retryAfter: 30 });
}

/** A peer would only say that it does not endorse, and the client would never learn why. */
function checkSignature({ session, open }: Entry, signature: Uint8Array): void {
  const { publicKey } = new X509Certificate(session.getIdentity().credentials);
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  if (open === undefined || !verify('sha256', open.payload, key, signature)) {
    throw new Problem('SIGNATURE_INVALID', "the signature is not the certificate's, or of another step");
  }
}

function derOf(signature: Uint8Array): Uint8Array {
  try {
    return derFromP1363(signature);
  } catch {
    throw new Problem('SIGNATURE_INVALID', 'a signature is r||s, 64 bytes');
  }
}
