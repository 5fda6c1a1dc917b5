import { describe, expect, it } from 'vitest';
import { newKey, submitWith } from '../harness/calls.js';
import { contractOf, org1, org2, org3 } from '../harness/clients.js';
import { verdictOn, type MadeTransaction } from '../harness/made-transactions.js';
import { ASSETS, EVERY, PAIR, SINGLE } from '../harness/standing-chaincodes.js';

const first = org1.identities.endorser;
const second = org2.identities.endorser;
const third = org3.identities.endorser;

describe('endorsements', () => {
  /** A transaction of `assets`, which a majority of the three organisations has to endorse. */
  const by = (...endorsers: MadeTransaction['endorsers']): MadeTransaction => ({
    chaincode: ASSETS,
    sets: [{ chaincode: ASSETS, writes: [{ key: newKey(), value: '1' }] }],
    endorsers,
  });

  it('of any majority make a transaction valid, in any order', async () => {
    for (const endorsers of [
      [first, second],
      [third, first],
      [second, third, first],
    ]) {
      expect(await verdictOn(by(...endorsers))).toBe('VALID');
    }
  });

  it('of too few organisations: ENDORSEMENT_POLICY_FAILURE', async () => {
    expect(await verdictOn(by(first))).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('of the same endorser count once', async () => {
    expect(await verdictOn(by(first, first))).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('of a client count for nothing, where the policy asks for peers', async () => {
    expect(await verdictOn(by(first, org2.identities.client))).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('of an unknown authority, of an expired or revoked identity count for nothing', async () => {
    const { foreign, revoked } = org2.identities;
    for (const worthless of [foreign, revoked]) {
      expect(await verdictOn(by(first, worthless))).toBe('ENDORSEMENT_POLICY_FAILURE');
    }
  });

  it('do not spoil a transaction that has enough of them without', async () => {
    expect(await verdictOn(by(org2.identities.foreign, first, second))).toBe('VALID');
  });

  it('under other bytes count for nothing', async () => {
    const verdict = await verdictOn({
      ...by(first, second),
      change: { endorsement: (endorsement) => endorsement.setSignature(endorsement.getEndorser_asU8()) },
    });
    expect(verdict).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('have to satisfy the policy of every chaincode whose state is written', async () => {
    const sets = [
      { chaincode: SINGLE, writes: [{ key: newKey(), value: '1' }] },
      { chaincode: EVERY, writes: [{ key: newKey(), value: '1' }] },
    ];
    expect(await verdictOn({ chaincode: SINGLE, sets, endorsers: [first] })).toBe(
      'ENDORSEMENT_POLICY_FAILURE',
    );
    expect(await verdictOn({ chaincode: SINGLE, sets, endorsers: [first, second, third] })).toBe('VALID');
  });

  it('need not satisfy the policy of a chaincode whose state is only read', async () => {
    const sets = [
      { chaincode: SINGLE, writes: [{ key: newKey(), value: '1' }] },
      { chaincode: EVERY, reads: [{ key: newKey() }] },
    ];
    expect(await verdictOn({ chaincode: SINGLE, sets, endorsers: [first] })).toBe('VALID');
  });

  it('have to satisfy the policy of the invoked chaincode, though nothing is written', async () => {
    const made = { chaincode: EVERY, sets: [{ chaincode: EVERY, reads: [{ key: newKey() }] }] };
    expect(await verdictOn({ ...made, endorsers: [first] })).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await verdictOn({ ...made, endorsers: [first, second, third] })).toBe('VALID');
  });

  it('have to satisfy the policy of a collection, which replaces that of the chaincode', async () => {
    const made = {
      chaincode: ASSETS,
      sets: [{ chaincode: ASSETS, privateWrites: [{ collection: PAIR, key: newKey(), value: '1' }] }],
    };
    expect(await verdictOn({ ...made, endorsers: [third] })).toBe('ENDORSEMENT_POLICY_FAILURE');
    // Nobody has the values of a made-up one, and peers would wait for them: this one was run.
    const { code } = await submitWith(contractOf(ASSETS, org2.identities.client), 'putPrivateValue', {
      arguments: [PAIR, newKey(), '1'],
      endorsingOrganizations: [org2.mspId],
    });
    expect(code).toBe('VALID');
  });
});
