import { createHash, randomBytes, sign as signBytes } from 'node:crypto';
import type { Gateway } from '@hyperledger/fabric-gateway';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../errors.js';
import type { Attempt, Caller, CommitOutcome, Ledger } from '../ports.js';
import { testOrganisation, type TestIdentity } from '../testing/identities.js';
import { clientSignatures } from './ask-client.js';
import type { Member } from './endorsers.js';
import { createLedger } from './ledger.js';
import { createPreparedTransactions, type PreparedTransactions } from './prepared-transactions.js';

const OWN: Member = { name: 'hospital-a', kind: 'hospital', mspId: 'AMSP' };
const ID = 'a'.repeat(32);
let certificate: string;
let key: TestIdentity['key'];
let caller: Caller;
/** What the peer has. */
let commits: Map<string, CommitOutcome>;
let endorsed: string[];
let prepared: PreparedTransactions;
let ledger: Ledger;

/** A client session: what it builds is named by a counter. */
function session(): Gateway {
  const step = (id: string, text: string) => ({
    getTransactionId: () => id,
    getBytes: () => Buffer.from(id),
    getDigest: () => Buffer.from(`${text} ${id}`),
    getResult: () => Buffer.from(`{"version":1,"of":"${id}"}`),
  });
  const idOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  const newProposal = () => step(randomBytes(32).toString('hex'), 'proposal');
  const gateway = {
    getIdentity: () => ({ mspId: 'AMSP', credentials: Buffer.from(certificate) }),
    getNetwork: () => ({ getContract: () => ({ newProposal }) }),
    newSignedProposal: (bytes: Uint8Array) => ({
      endorse: () => {
        endorsed.push(idOf(bytes));
        return Promise.resolve(step(idOf(bytes), 'transaction'));
      },
    }),
    newSignedTransaction: (bytes: Uint8Array) => ({
      submit: () => {
        const transactionId = idOf(bytes);
        if (!commits.has(transactionId)) commits.set(transactionId, { transactionId, block: 9, code: 0 });
        return Promise.resolve(step(transactionId, 'commit'));
      },
    }),
  };
  return gateway as unknown as Gateway;
}

/** A run's memory of one submit. */
function attempt(id = 'run sent:grant'): Attempt {
  let sent: { transactionId: string; result: unknown } | undefined;
  return {
    id,
    previous: () => Promise.resolve(sent),
    sending: (value) => {
      sent = value;
      return Promise.resolve();
    },
  };
}

const submit = (memory: Attempt | undefined, by: Caller = caller, id = ID) =>
  ledger.submit('consent:expire', { id }, undefined, { as: by, ...(memory && { attempt: memory }) });

async function asked(memory: Attempt | undefined, by = caller, id = ID) {
  const error: unknown = await submit(memory, by, id).catch((refusal: unknown) => refusal);
  if (!(error instanceof Problem) || error.signing === undefined)
    throw new Error('nothing to sign', { cause: error });
  expect(error.code).toBe('CLIENT_SIGNATURE_REQUIRED');
  return error.signing;
}
const signature = (id: string, stage: 'proposal' | 'transaction') =>
  signBytes('sha256', Buffer.from(`${stage} ${id}`), { key, dsaEncoding: 'ieee-p1363' });
const sign = (id: string, stage: 'proposal' | 'transaction') =>
  prepared.sign(caller.subject, id, stage, signature(id, stage));

beforeAll(async () => {
  const identity = await (await testOrganisation()).issue();
  certificate = identity.certificate;
  key = identity.key;
  caller = {
    subject: identity.subject,
    role: 'doctor',
    organisation: 'hospital-a',
    mspId: 'AMSP',
    binding: 'dpop',
    certificate,
  };
});
beforeEach(() => {
  commits = new Map();
  endorsed = [];
  prepared = createPreparedTransactions({
    channel: 'care',
    chaincode: 'medaccord',
    own: OWN,
    members: [OWN],
  });
  ledger = createLedger({
    channel: 'care',
    chaincode: 'medaccord',
    own: OWN,
    members: [OWN],
    session,
    signatories: {
      service: { mspId: 'AMSP', certificate: 'service', thumbprint: 'service' },
      of: () => Promise.resolve(undefined),
    },
    askClient: clientSignatures(prepared, session),
    commits: { expect: () => ({ outcome: new Promise(() => undefined), cancel: () => undefined }) },
    status: (id) => Promise.resolve(commits.get(id)),
  });
});

describe('a call of somebody whose key is not kept here', () => {
  it('is prepared, signed by the client, and goes on when it is repeated', async () => {
    const memory = attempt();
    const first = await asked(memory);
    expect(first.step).toBe('proposal');
    const payload = Buffer.from(first.payload ?? '', 'base64url');
    expect(createHash('sha256').update(payload).digest('hex')).toBe(first.digest);
    await sign(first.transactionId, 'proposal');
    await sign(first.transactionId, 'transaction');
    expect(await submit(memory)).toEqual({
      result: { version: 1, of: first.transactionId },
      transaction: { id: first.transactionId, block: 9 },
    });
    expect(endorsed).toEqual([first.transactionId]);
  });

  it('has one open step, however often it is asked for, and another after a change', async () => {
    const memory = attempt();
    const first = await asked(memory);
    expect(await asked(memory)).toEqual(first);
    await sign(first.transactionId, 'proposal');
    expect(await asked(memory)).toMatchObject({ transactionId: first.transactionId, step: 'transaction' });
    const other = await asked(memory, caller, 'b'.repeat(32));
    expect(other.transactionId).not.toBe(first.transactionId);
    expect(await asked(attempt('another run'))).not.toMatchObject({ transactionId: first.transactionId });
  });

  it('is prepared anew after a transaction that was invalid', async () => {
    const memory = attempt();
    const { transactionId } = await asked(memory);
    commits.set(transactionId, { transactionId, block: 9, code: 11 });
    await sign(transactionId, 'proposal');
    await sign(transactionId, 'transaction');
    const next = await asked(memory);
    expect(next).toMatchObject({ step: 'proposal' });
    expect(next.transactionId).not.toBe(transactionId);
  });

  it('is signed by nobody else', async () => {
    const { transactionId } = await asked(attempt());
    const good = signature(transactionId, 'proposal');
    const stranger = prepared.sign('c'.repeat(32), transactionId, 'proposal', good);
    await expect(stranger).rejects.toMatchObject({ code: 'PREPARED_UNKNOWN' });
    for (const wrong of [signature(transactionId, 'transaction'), Buffer.alloc(64, 7), Buffer.alloc(3)]) {
      const refused = prepared.sign(caller.subject, transactionId, 'proposal', wrong);
      await expect(refused).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    }
    expect(endorsed).toEqual([]);
    await prepared.sign(caller.subject, transactionId, 'proposal', good);
    const other = await asked(attempt(), { ...caller, subject: 'c'.repeat(32) });
    expect(other.transactionId).not.toBe(transactionId);
  });

  it('needs the certificate of the login, and takes no more than its share of the room', async () => {
    const { subject, role, organisation, mspId, binding } = caller;
    const unknown = { subject, role, organisation, mspId, binding };
    const refusal: unknown = await submit(attempt(), unknown).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'CLIENT_SIGNATURE_REQUIRED', signing: undefined });
    for (let i = 0; i < 64; i++) await asked(undefined);
    await expect(submit(undefined)).rejects.toMatchObject({ code: 'OVERLOADED', retryAfter: 30 });
    await asked(undefined, { ...caller, subject: 'c'.repeat(32) });
  });
});
