import { describe, expect, it } from 'vitest';
import { endorsingOrganizations, type Member } from './endorsers.js';

const member = (name: string, kind: Member['kind']): Member => ({ name, kind, mspId: `${name}MSP` });
const HOSPITAL_A = member('hospital-a', 'hospital');
const HOSPITAL_B = member('hospital-b', 'hospital');
const INSURER = member('insurer-a', 'insurer');
const LAB = member('lab-a', 'lab');
const MEMBERS = [HOSPITAL_A, HOSPITAL_B, INSURER, LAB];
const CLAIM = { hospital: 'hospital-b', insurer: 'insurer-a' };

describe('who must endorse', () => {
  it.each([
    ['policy', HOSPITAL_A, undefined],
    ['own', LAB, ['lab-aMSP']],
    ['care', HOSPITAL_A, ['hospital-aMSP', 'hospital-bMSP']],
    ['care', LAB, ['lab-aMSP', 'hospital-aMSP']],
    ['care', INSURER, ['hospital-aMSP', 'hospital-bMSP']],
    ['pair', HOSPITAL_B, ['hospital-bMSP', 'insurer-aMSP']],
    ['insurer', INSURER, ['insurer-aMSP', 'hospital-bMSP', 'hospital-aMSP']],
  ] as const)('%s, asked by %o', (endorsers, own, expected) => {
    expect(endorsingOrganizations(endorsers, own, MEMBERS, CLAIM)).toEqual(expected);
  });

  it('is never guessed: a claim of unknown organisations is refused', () => {
    expect(() => endorsingOrganizations('pair', INSURER, MEMBERS)).toThrow();
    expect(() =>
      endorsingOrganizations('insurer', INSURER, MEMBERS, { ...CLAIM, insurer: 'nobody' }),
    ).toThrow();
  });
});
