import { describe, expect, it } from 'vitest';
import { Problem } from '../errors.js';
import type { Caller, Ledger } from '../ports.js';
import { approvals } from './approvals.js';

const doctor: Caller = {
  subject: 'a'.repeat(32),
  role: 'doctor',
  organisation: 'hospital-a',
  mspId: 'HospitalAMSP',
  binding: 'dpop',
};
const registered = { status: 'approved', organisation: 'hospital-a', role: 'doctor' };

function asked(answer: () => object) {
  let now = 0;
  let count = 0;
  const evaluate = () => {
    count++;
    return Promise.resolve().then(answer);
  };
  const isApproved = approvals({ evaluate } as unknown as Ledger, () => now);
  return { isApproved, pass: (ms: number) => (now += ms), count: () => count };
}

describe('an approval', () => {
  it('counts for a few seconds, and ends with a suspension', async () => {
    let status = 'approved';
    const { isApproved, pass, count } = asked(() => ({ ...registered, status }));
    expect(await isApproved(doctor)).toBe(true);
    status = 'suspended';
    expect(await isApproved(doctor)).toBe(true);
    expect(count()).toBe(1);
    pass(5_001);
    expect(await isApproved(doctor)).toBe(false);
    status = 'approved';
    expect(await isApproved(doctor)).toBe(true);
  });

  it.each([
    ['another role', { ...registered, role: 'nurse' }],
    ['another organisation', { ...registered, organisation: 'hospital-b' }],
    ['who only asked for it', { ...registered, status: 'requested' }],
  ])('is not that of %s', async (_, practitioner) => {
    expect(await asked(() => practitioner).isApproved(doctor)).toBe(false);
  });

  it('is nobody’s whom the ledger does not know, and is not guessed where it cannot be asked', async () => {
    const fails = (code: 'NOT_FOUND' | 'LEDGER_UNAVAILABLE') =>
      asked(() => {
        throw new Problem(code, 'no');
      }).isApproved(doctor);
    expect(await fails('NOT_FOUND')).toBe(false);
    await expect(fails('LEDGER_UNAVAILABLE')).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  });

  it('is not asked of roles that need none', async () => {
    const { isApproved, count } = asked(() => registered);
    expect(await isApproved({ ...doctor, role: 'patient' })).toBe(true);
    expect(await isApproved({ ...doctor, role: 'admin' })).toBe(true);
    expect(count()).toBe(0);
  });
});
