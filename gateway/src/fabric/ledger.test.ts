import { status as Status, type ServiceError } from '@grpc/grpc-js';
import { GatewayError, type Gateway } from '@hyperledger/fabric-gateway';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Caller, CommitOutcome } from '../ports.js';
import type { Signatory } from './connection.js';
import type { Member } from './endorsers.js';
import { createLedger } from './ledger.js';

const ID = 'a'.repeat(32);
const MEMBERS: Member[] = [
  { name: 'hospital-a', kind: 'hospital', mspId: 'AMSP' },
  { name: 'insurer-a', kind: 'insurer', mspId: 'IMSP' },
  { name: 'lab-a', kind: 'lab', mspId: 'LMSP' },
];
const CALLER: Caller = {
  subject: ID,
  role: 'clerk',
  organisation: 'hospital-a',
  mspId: 'AMSP',
  binding: 'none',
};
const SERVICE: Signatory = { mspId: 'AMSP', certificate: 'service', thumbprint: 'service' };
const CLERK: Signatory = {
  mspId: 'AMSP',
  certificate: 'clerk',
  thumbprint: 'clerk',
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
};

function failure(code: Status, message: string, details: string[] = []): GatewayError {
  return new GatewayError({
    code,
    message,
    details: details.map((text) => ({ address: 'peer', mspId: 'AMSP', message: text })),
    cause: new Error(message) as ServiceError,
  });
}

interface Script {
  /** Validation codes of the transactions, in order. */
  codes?: number[];
  endorse?: GatewayError;
  /** How often `endorse` comes before a peer endorses; always where left out. */
  endorseFails?: number;
  submit?: GatewayError;
  evaluate?: GatewayError;
  wallet?: Signatory | undefined;
  status?: CommitOutcome;
}

/** A fabric-gateway client that records what it was asked. */
function fake(script: Script = {}) {
  const calls: { signer: string; name: string; options: Record<string, unknown> }[] = [];
  let sent = 0;
  const session = (signatory: Signatory) => {
    const contract = {
      evaluate: (name: string, options: Record<string, unknown>) => {
        calls.push({ signer: signatory.certificate, name, options });
        return script.evaluate === undefined
          ? Promise.resolve(Buffer.from('{"ok":true}'))
          : Promise.reject(script.evaluate);
      },
      newProposal: (name: string, options: Record<string, unknown>) => {
        calls.push({ signer: signatory.certificate, name, options });
        const transaction = {
          getTransactionId: () => `tx${sent}`,
          getResult: () => Buffer.from('{"version":1}'),
          submit: () => (script.submit === undefined ? Promise.resolve({}) : Promise.reject(script.submit)),
        };
        sent++;
        return {
          endorse: () =>
            script.endorse === undefined || sent > (script.endorseFails ?? Infinity)
              ? Promise.resolve(transaction)
              : Promise.reject(script.endorse),
        };
      },
    };
    return { getNetwork: () => ({ getContract: () => contract }) } as unknown as Gateway;
  };
  const cancel = vi.fn();
  const pauses: number[] = [];
  const ledger = createLedger({
    channel: 'care',
    chaincode: 'medaccord',
    own: MEMBERS[0] as Member,
    members: MEMBERS,
    session,
    signatories: {
      service: SERVICE,
      of: () => Promise.resolve('wallet' in script ? script.wallet : CLERK),
    },
    commits: {
      expect: (transactionId) => ({
        outcome: Promise.resolve({ transactionId, block: 7, code: script.codes?.shift() ?? 0 }),
        cancel,
      }),
    },
    status: () => Promise.resolve(script.status),
    pause: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  });
  return { ledger, calls, cancel, pauses, sent: () => sent };
}

describe('the ledger', () => {
  it('sends canonical JSON as the caller, private data apart, to a majority of the care side', async () => {
    const { ledger, calls } = fake();
    const priv = { jws: 'a.b.c', salt: ID };
    const committed = await ledger.submit('consent:grant', { id: ID }, priv, { as: CALLER });
    expect(committed).toEqual({ result: { version: 1 }, transaction: { id: 'tx1', block: 7 } });
    expect(calls).toEqual([
      {
        signer: 'clerk',
        name: 'consent:grant',
        options: {
          arguments: [`{"id":"${ID}"}`],
          transientData: { private: `{"jws":"a.b.c","salt":"${ID}"}` },
          endorsingOrganizations: ['AMSP', 'LMSP'],
        },
      },
    ]);
  });

  it('leaves the choice of endorsers to the policy, and needs the pair for a claim', async () => {
    const { ledger, calls } = fake();
    await ledger.submit(
      'directory:requestPractitioner',
      { id: ID, role: 'doctor', evidenceHash: 'b'.repeat(64) },
      undefined,
      {
        as: 'service',
      },
    );
    expect(calls[0]).toMatchObject({ signer: 'service' });
    expect(calls[0]?.options).not.toHaveProperty('endorsingOrganizations');
    const claim = { hospital: 'hospital-a', insurer: 'insurer-a' };
    await ledger.submit('billing:acknowledgeClaim', { id: ID }, undefined, { as: CALLER, claim });
    expect(calls[1]?.options['endorsingOrganizations']).toEqual(['IMSP', 'AMSP', 'LMSP']);
    await expect(
      ledger.submit('billing:acknowledgeClaim', { id: ID }, undefined, { as: CALLER }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('reads from the own peer alone; for a caller without custody as the service', async () => {
    const { ledger, calls } = fake({ wallet: undefined });
    await ledger.evaluate('consent:get', { id: ID }, { as: CALLER });
    expect(calls[0]).toMatchObject({ signer: 'service', options: { endorsingOrganizations: ['AMSP'] } });
    await expect(
      ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER }),
    ).rejects.toMatchObject({ code: 'CLIENT_SIGNATURE_REQUIRED' });
  });

  it('retries MVCC and phantom conflicts with growing pauses, and gives up', async () => {
    const twice = fake({ codes: [11, 12, 0] });
    await expect(
      twice.ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER }),
    ).resolves.toMatchObject({ transaction: { id: 'tx3' } });
    expect(twice.pauses).toHaveLength(2);
    const always = fake({ codes: Array<number>(20).fill(11) });
    await expect(
      always.ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER }),
    ).rejects.toMatchObject({ code: 'LEDGER_CONFLICT', retryAfter: 1 });
    expect(always.sent()).toBe(6);
    expect(always.pauses.every((pause, index) => pause >= 25 * 2 ** index && pause <= 50 * 2 ** index)).toBe(
      true,
    );
  });

  it('gives a peer time that lacks the transaction before, where there was one', async () => {
    const behind = failure(Status.ABORTED, 'failed to endorse transaction', [
      'chaincode response 500, MEDACCORD:PRIVATE_DATA_MISSING:the payment has no details yet',
    ]);
    const submit = (script: Script, follows: boolean) => {
      const { ledger, sent, pauses } = fake({ endorse: behind, ...script });
      const done = ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER, follows });
      return { done, sent, pauses };
    };
    const late = submit({ endorseFails: 2 }, true);
    await expect(late.done).resolves.toMatchObject({ transaction: { id: 'tx3' } });
    expect(late.pauses).toHaveLength(2);
    const never = submit({}, true);
    await expect(never.done).rejects.toMatchObject({ code: 'PRIVATE_DATA_MISSING' });
    expect(never.sent()).toBe(8);
    const first = submit({}, false);
    await expect(first.done).rejects.toMatchObject({ code: 'PRIVATE_DATA_MISSING' });
    expect(first.sent()).toBe(1);
  });

  it('retries nothing else', async () => {
    const { ledger, sent } = fake({ codes: [10] });
    await expect(
      ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER }),
    ).rejects.toMatchObject({
      code: 'LEDGER_REJECTED',
      message: 'the transaction is invalid: ENDORSEMENT_POLICY_FAILURE',
      transactionId: 'tx1',
    });
    expect(sent()).toBe(1);
  });

  it('takes the commit for an answer where the submit’s own was lost, and only then', async () => {
    const lost = fake({ submit: failure(Status.UNAVAILABLE, 'connection dropped') });
    await expect(
      lost.ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER }),
    ).resolves.toMatchObject({ transaction: { id: 'tx1', block: 7 } });
    const refused = fake({ submit: failure(Status.PERMISSION_DENIED, 'no') });
    await expect(
      refused.ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER }),
    ).rejects.toMatchObject({ code: 'LEDGER_REJECTED' });
    expect(refused.cancel).toHaveBeenCalledOnce();
  });

  it('looks an earlier attempt up before it sends again', async () => {
    const attempt = (sending = vi.fn(() => Promise.resolve())) => ({
      previous: () => Promise.resolve({ transactionId: 'tx-old', result: { version: 4 } }),
      sending,
    });
    const done = fake({ status: { transactionId: 'tx-old', block: 3, code: 0 } });
    await expect(
      done.ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER, attempt: attempt() }),
    ).resolves.toEqual({ result: { version: 4 }, transaction: { id: 'tx-old', block: 3 } });
    expect(done.sent()).toBe(0);
    const unknown = fake();
    const sending = vi.fn(() => Promise.resolve());
    await unknown.ledger.submit('consent:expire', { id: ID }, undefined, {
      as: CALLER,
      attempt: attempt(sending),
    });
    expect(sending).toHaveBeenCalledWith({ transactionId: 'tx1', result: { version: 1 } });
  });

  it.each([
    ['in the text', failure(Status.ABORTED, 'chaincode response 500, MEDACCORD:NOT_FOUND:no such consent')],
    [
      'in the details',
      failure(Status.ABORTED, 'failed to endorse', [
        'chaincode response 500, MEDACCORD:NOT_FOUND:no such consent',
      ]),
    ],
  ])('finds the contract’s code %s', async (_, error) => {
    const expected = { code: 'NOT_FOUND', message: 'no such consent' };
    await expect(
      fake({ endorse: error }).ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER }),
    ).rejects.toMatchObject(expected);
    await expect(
      fake({ evaluate: error }).ledger.evaluate('consent:get', { id: ID }, { as: CALLER }),
    ).rejects.toMatchObject(expected);
  });

  it.each([
    [Status.UNAVAILABLE, 'LEDGER_UNAVAILABLE', 2],
    [Status.DEADLINE_EXCEEDED, 'LEDGER_UNAVAILABLE', 2],
    [Status.RESOURCE_EXHAUSTED, 'OVERLOADED', 1],
    [Status.PERMISSION_DENIED, 'LEDGER_REJECTED', undefined],
  ])('says what status %i means', async (status, code, retryAfter) => {
    const { ledger } = fake({ endorse: failure(status, 'internal text') });
    const call = ledger.submit('consent:expire', { id: ID }, undefined, { as: CALLER });
    await expect(call).rejects.toMatchObject({ code, retryAfter });
    await expect(call).rejects.not.toMatchObject({ message: expect.stringContaining('internal') as unknown });
  });
});
