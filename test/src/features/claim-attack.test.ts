import { canonicalJson } from '@medaccord/chaincode/api';
import { CommitError, EndorseError } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, onChannel, sharedConsortium } from '../consortium/index.js';
import { refusal, value } from '../story/api.js';
import { RULES, decided, line } from './given/claim.js';
import { ClaimFile } from './given/claim-file.js';
import { digest } from './given/ids.js';
import { type Patient, registeredPatient } from './given/patient.js';

const LINES = [line(1, 4_000), line(2, 2_500, '71046')];
const ENDORSEMENT_POLICY_FAILURE = 10;

/** An insurer, or its rival, past its own gateway: with a Fabric client and its real identity. */
describe('a dishonest insurer', () => {
  let consortium: Consortium;
  let patient: Patient;
  let rival: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium('six');
    patient = await registeredPatient(consortium);
    rival = await consortium.member('insurer-b', 'adjuster');
  });
  afterAll(() => consortium.disconnect());

  const acknowledged = async () => {
    const file = await ClaimFile.submit(consortium, patient, 'insurer-a', { lines: LINES });
    await file.insurerStep('acknowledge');
    return file;
  };
  /** @returns the text of the endorsers' refusal, or the validation code of the transaction. */
  async function attempt(
    organisation: string,
    call: { function: string; input: object; private?: object; endorsers: string[] },
  ): Promise<string | number> {
    const mspIds = call.endorsers.map((name) => consortium.organisation(name).mspId);
    try {
      await onChannel(consortium, { organisation, user: 'adjuster' }, async (network) => {
        await network.getContract(consortium.topology.chaincode.name).submit(call.function, {
          arguments: [canonicalJson(call.input)],
          ...(call.private && { transientData: { private: canonicalJson(call.private) } }),
          endorsingOrganizations: mspIds,
        });
      });
      return 'accepted';
    } catch (error) {
      if (error instanceof CommitError) return error.code;
      if (error instanceof EndorseError) return error.details.map(({ message }) => message).join(' ');
      throw error;
    }
  }
  const decision = (id: string, detailsHash: string) => ({
    function: 'billing:decideClaim',
    input: { id, outcome: 'denied', ruleSetHash: RULES, detailsHash },
  });

  it('decides nothing with its own endorsement alone, nor with one hospital’s', async () => {
    const { id, ...file } = await acknowledged().then((each) => ({
      id: each.id,
      status: () => each.status(),
    }));
    for (const endorsers of [['insurer-a'], ['insurer-a', 'hospital-a']]) {
      const acknowledgement = { function: 'billing:pendClaim', input: { id }, endorsers };
      expect(await attempt('insurer-a', acknowledgement)).toBe(ENDORSEMENT_POLICY_FAILURE);
    }
    expect(await file.status()).toBe('acknowledged');
  });

  it('decides nothing that it did not show to the provider first', async () => {
    const { id } = await acknowledged();
    const endorsers = ['insurer-a', 'hospital-a', 'hospital-b', 'lab-a'];
    const made = await attempt('insurer-a', { ...decision(id, digest('made up')), endorsers });
    expect(made).toMatch(/MEDACCORD:(PRIVATE_DATA_MISSING|PRIVATE_DATA_MISMATCH)/);
  });

  it('changes no line, withdraws no claim, and lodges no appeal of the provider', async () => {
    const file = await acknowledged();
    const { id } = file;
    const billing = await consortium.member('hospital-a', 'billing');
    const lines = await value(billing.api.GET('/v1/claims/{id}/lines', { params: { path: { id } } }));
    const cheaper = { ...lines, lines: LINES.slice(0, 1), total: LINES[0]?.amount ?? lines.total };
    const calls = [
      { function: 'billing:putClaimLines', input: { id }, private: cheaper },
      { function: 'billing:withdrawClaim', input: { id } },
      { function: 'billing:appealClaim', input: { id, reason: 'none' } },
      { function: 'billing:answerInformation', input: { id } },
    ];
    for (const call of calls) {
      const endorsers = call.private ? ['hospital-a', 'insurer-a'] : ['hospital-a', 'hospital-b', 'lab-a'];
      const answer = await attempt('insurer-a', { ...call, endorsers });
      expect(answer, call.function).toMatch(/MEDACCORD:UNAUTHORIZED_(ROLE|ORGANISATION)/);
    }
    expect(await file.status()).toBe('acknowledged');
  });

  it('cannot block an appeal', async () => {
    const file = await acknowledged();
    await file.adjudicate(LINES.map((each) => decided(each, 0)));
    const others = ['hospital-a', 'hospital-b', 'lab-a'].map((name) => consortium.organisation(name).mspId);
    await onChannel(consortium, { organisation: 'hospital-a', user: 'billing' }, (network) =>
      network.getContract(consortium.topology.chaincode.name).submit('billing:appealClaim', {
        arguments: [canonicalJson({ id: file.id, reason: 'unfair' })],
        endorsingOrganizations: others,
      }),
    );
    expect(await file.status()).toBe('appealed');
  });

  describe('who is a rival of the claim’s insurer', () => {
    it('sees the claim’s public status, and nothing of its content', async () => {
      const { id } = await acknowledged();
      const path = { id };
      const { api } = rival;
      for (const read of [
        api.GET('/v1/claims/{id}/lines', { params: { path } }),
        api.GET('/v1/claims/{id}/decision', { params: { path } }),
      ]) {
        expect(await refusal(value(read as Promise<never>))).toMatchObject({ status: 403 });
      }
      for (const query of [{ limit: 200 }, { limit: 200, insurer: 'insurer-a' }]) {
        const { items } = await value(api.GET('/v1/claims', { params: { query } }));
        expect(items.map(({ claim }) => claim.id)).not.toContain(id);
      }
    });

    it('takes no step on it', async () => {
      const file = await acknowledged();
      const allowed = LINES.map((each) => decided(each));
      expect(await refusal(file.insurerStep('pend', rival))).toMatchObject({ status: 403 });
      expect(await refusal(file.adjudicate(allowed, rival))).toMatchObject({ status: 403 });
      expect(await refusal(file.settle(undefined, rival))).toMatchObject({ status: 403 });
      const endorsers = ['insurer-b', 'hospital-a', 'hospital-b', 'lab-a'];
      const answer = await attempt('insurer-b', {
        function: 'billing:pendClaim',
        input: { id: file.id },
        endorsers,
      });
      expect(answer).toMatch(/MEDACCORD:UNAUTHORIZED_ORGANISATION/);
      expect(await file.status()).toBe('acknowledged');
    });
  });

  it('is not helped by a majority of others: they cannot decide for it', async () => {
    const { id } = await acknowledged();
    const endorsers = ['hospital-a', 'hospital-b', 'lab-a', 'pharmacy-a'];
    const call = { function: 'billing:pendClaim', input: { id }, endorsers };
    expect(await attempt('insurer-a', call)).toBe(ENDORSEMENT_POLICY_FAILURE);
  });
});
