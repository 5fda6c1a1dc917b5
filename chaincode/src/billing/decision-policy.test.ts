import { common, msp } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { SIX_ORGANISATIONS } from '../testing/consortiums.js';
import { decisionPolicy } from './decision-policy.js';

const insurer = { name: 'insurer-a', kind: 'insurer', mspId: 'InsurerAMSP' } as const;

describe('the decision key’s policy', () => {
  it('is the insurer’s peer AND peers of a majority of the care organisations', () => {
    const bytes = decisionPolicy(insurer, SIX_ORGANISATIONS);
    const envelope = common.SignaturePolicyEnvelope.deserializeBinary(bytes);
    const roles = envelope
      .getIdentitiesList()
      .map((principal) => msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8()).toObject());
    expect(roles).toEqual(
      ['InsurerAMSP', 'HospitalAMSP', 'HospitalBMSP', 'LabAMSP', 'PharmacyAMSP'].map((mspIdentifier) => ({
        mspIdentifier,
        role: msp.MSPRole.MSPRoleType.PEER,
      })),
    );
    const rule = envelope.getRule()?.getNOutOf();
    expect(rule?.getN()).toBe(2);
    const [first, second] = rule?.getRulesList() ?? [];
    expect(first?.getSignedBy()).toBe(0);
    expect(second?.getNOutOf()?.getN()).toBe(3);
    expect(
      second
        ?.getNOutOf()
        ?.getRulesList()
        .map((one) => one.getSignedBy()),
    ).toEqual([1, 2, 3, 4]);
  });

  it('is the same bytes each time', () => {
    const bytes = () => Buffer.from(decisionPolicy(insurer, SIX_ORGANISATIONS)).toString('hex');
    expect(bytes()).toBe(bytes());
    // Pinned: a library that encoded it otherwise would part the endorsers of two versions.
    expect(bytes()).toBe(
      '121e121c08021202080012141212080312020801120208021202080312020804' +
        ['1a11120f0a0b496e7375726572414d53501003', '1a1212100a0c486f73706974616c414d53501003'].join('') +
        ['1a1212100a0c486f73706974616c424d53501003', '1a0d120b0a074c6162414d53501003'].join('') +
        '1a1212100a0c506861726d616379414d53501003',
    );
  });
});
