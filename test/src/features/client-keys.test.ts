import { createHash } from 'node:crypto';
import { publicJwk } from '@medaccord/gateway/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Consortium,
  type Member,
  height,
  ledgerAsSeenBy,
  sharedConsortium,
} from '../consortium/index.js';
import { commit, refusal, value } from '../story/api.js';
import { claimDraft } from './given/claim.js';
import { type Step, bringSignature, bringSignatures, signedCall } from './given/client-signatures.js';
import { DAY, inFuture, newId } from './given/ids.js';
import { newKey, registeredPatient } from './given/patient.js';
import { approvedPractitioner, issuedIdentity } from './given/practitioner.js';

const refusedAs = (status: number, code: string) => expect.objectContaining({ status, code }) as unknown;
const pem = () => newKey().export({ format: 'pem', type: 'pkcs8' }).toString();

/** Somebody whose key no gateway has: each transaction is prepared there, and signed here. */
describe('a key that stays with the client', () => {
  let consortium: Consortium;
  let doctor: Member & { name: string };
  let clerk: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    doctor = await approvedPractitioner(consortium, 'hospital-a', 'doctor', 'client');
    clerk = await consortium.member('hospital-a', 'clerk');
  });
  afterAll(async () => {
    doctor.api.close();
    await consortium.disconnect();
  });

  const preparedBy = (
    member: Member,
    id: string,
    change: { certificate?: string } = {},
    patient = newId(),
  ): Promise<Step> =>
    commit((header) =>
      member.api.POST('/v1/transactions', {
        params: { header },
        body: {
          function: 'directory:registerPatient',
          input: { id },
          private: { patient, keys: [publicJwk(newKey())], salt: newId() },
          ...change,
        },
      }),
    );
  const patientStatus = async (id: string) => {
    const { status } = await value(clerk.api.GET('/v1/patients/{id}', { params: { path: { id } } }));
    return status;
  };
  const stageSeenBy = async ({ api }: Member, { transactionId }: Step) => {
    const { status } = await value(
      api.GET('/v1/transactions/{transactionId}', { params: { path: { transactionId } } }),
    );
    return status;
  };

  it('is not the gateway’s, and it says so', async () => {
    expect(await value(doctor.api.GET('/v1/me'))).toMatchObject({ custody: 'client', role: 'doctor' });
    expect(await value(clerk.api.GET('/v1/me'))).toMatchObject({ custody: 'gateway' });
  });

  it('signs a proposal, its transaction and the question for its commit, each shown in full', async () => {
    const from = await height(consortium, doctor);
    const [id, patient] = [newId(), newId()];
    const steps = [await preparedBy(doctor, id, {}, patient)];
    const stages = [];
    for (let step = steps[0]; step && step.step !== 'done'; step = steps.at(-1)) {
      const payload = Buffer.from(step.payload ?? '', 'base64url');
      expect(createHash('sha256').update(payload).digest('hex')).toBe(step.digest);
      if (step.step !== 'commit') expect(payload.includes(id)).toBe(true);
      // What the client proposes it sees whole; what goes to the chain names nobody.
      expect(payload.includes(patient)).toBe(step.step === 'proposal');
      stages.push(await stageSeenBy(doctor, step));
      steps.push(await bringSignature(doctor, step));
    }
    expect(steps.map(({ step }) => step)).toEqual(['proposal', 'transaction', 'commit', 'done']);
    expect(stages.slice(0, 2)).toEqual(['prepared', 'prepared']);
    expect(steps.at(-1)).toMatchObject({
      transaction: { status: 'committed', validationCode: 'VALID' },
      result: { id, status: 'registered', custodian: 'hospital-a' },
    });
    expect(await patientStatus(patient)).toBe('registered');
    // On the ledger it is the doctor's own, as every organisation can check.
    const blocks = await ledgerAsSeenBy(consortium, { organisation: 'insurer-a' }, from);
    const mine = blocks.flatMap(({ envelopes }) => envelopes).find((envelope) => envelope.includes(id));
    expect(mine?.includes(doctor.certificate.trim())).toBe(true);
  });

  it('is the only one that signs: another’s signature is refused at every step, and the right one still counts', async () => {
    const patient = newId();
    let step = await preparedBy(doctor, newId(), {}, patient);
    for (const stage of ['proposal', 'transaction', 'commit']) {
      expect(step.step).toBe(stage);
      const wrong = await refusal(bringSignature(doctor, step, pem()));
      expect(wrong, stage).toEqual(refusedAs(422, 'SIGNATURE_INVALID'));
      step = await bringSignature(doctor, step);
    }
    expect(step.step).toBe('done');
    expect(await patientStatus(patient)).toBe('registered');
  });

  it('does not sign out of order, nor twice', async () => {
    const step = await preparedBy(doctor, newId());
    const ahead = bringSignature(doctor, { ...step, step: 'transaction' });
    expect(await refusal(ahead)).toEqual(refusedAs(409, 'STEP_OUT_OF_ORDER'));
    await bringSignature(doctor, step);
    expect(await refusal(bringSignature(doctor, step))).toEqual(refusedAs(409, 'STEP_OUT_OF_ORDER'));
  });

  it('is not asked for what somebody else prepared', async () => {
    const id = newId();
    const step = await preparedBy(doctor, id);
    for (const thief of [clerk, await consortium.member('hospital-a', 'doctor')]) {
      const unknown = refusedAs(404, 'PREPARED_UNKNOWN');
      expect(await refusal(bringSignature(thief, step))).toEqual(unknown);
      expect(await refusal(bringSignature(thief, step, doctor.privateKey))).toEqual(unknown);
      expect(await stageSeenBy(thief, step)).toBe('unknown');
    }
    const { certificate } = doctor;
    expect(await refusal(preparedBy(clerk, id, { certificate }))).toEqual(refusedAs(403, 'FORBIDDEN'));
    const stranger = await consortium.identity('hospital-b', 'doctor');
    const asStranger = preparedBy(doctor, id, { certificate: stranger.certificate });
    expect(await refusal(asStranger)).toEqual(refusedAs(401, 'UNAUTHENTICATED'));
    expect((await bringSignatures(doctor, step)).signatures).toBe(3);
  });

  it('of somebody who is not approved signs in vain', async () => {
    const name = `doctor-${newId().slice(0, 8)}`;
    const newcomer = await issuedIdentity(consortium, 'hospital-a', 'doctor', name, 'client');
    const step = await preparedBy(newcomer, newId());
    const refused = await refusal(bringSignature(newcomer, step));
    newcomer.api.close();
    expect(refused).toEqual(refusedAs(403, 'PRACTITIONER_NOT_APPROVED'));
  });

  describe('in an ordinary call', () => {
    it('is asked for; the same call goes on once it has signed, and its answer is kept', async () => {
      const patient = await registeredPatient(consortium);
      const header = { 'Idempotency-Key': newId() };
      const open = () =>
        doctor.api.POST('/v1/treatments', {
          params: { header },
          body: {
            patient: patient.id,
            practitioner: doctor.subject,
            from: FROM,
            until: UNTIL,
          },
        });
      const { error } = await open();
      expect(error).toMatchObject({ status: 409, code: 'CLIENT_SIGNATURE_REQUIRED' });
      const again = await open();
      expect(again.error?.signing).toEqual(error?.signing);
      if (!error?.signing) throw new Error('nothing to sign');
      const wrong = bringSignature(doctor, error.signing, pem());
      expect(await refusal(wrong)).toEqual(refusedAs(422, 'SIGNATURE_INVALID'));
      await bringSignatures(doctor, error.signing);
      const { data, response } = await open();
      expect(response.status).toBe(201);
      expect(data?.transaction.id).toBe(error.signing.transactionId);
      expect((await open()).response.headers.get('idempotency-replayed')).toBe('true');
    });

    it('signs each of the transactions that a call is made of', async () => {
      const patient = await registeredPatient(consortium);
      const billing = await approvedPractitioner(consortium, 'hospital-a', 'billing', 'client');
      const { data, signatures, transactions } = await signedCall(billing, (header) =>
        billing.api.POST('/v1/claims', { params: { header }, body: claimDraft(patient, 'insurer-a') }),
      );
      billing.api.close();
      expect(signatures).toBe(6);
      expect(data.transactions.map(({ id }) => id)).toEqual(transactions);
      expect(data.claim).toMatchObject({ status: 'submitted', claim: { insurer: 'insurer-a' } });
    });
  });
});

const [FROM, UNTIL] = [inFuture(-DAY), inFuture(DAY)];
