import { beforeAll, describe, expect, it } from 'vitest';
import type { Role, consent } from '../api/index.js';
import * as chaincode from '../index.js';
import {
  CUSTODIAN,
  World,
  after,
  deviceKey,
  leafOf,
  merged,
  openClinic,
  practitioner,
  refusal,
  registered,
  type Caller,
  type Clinic,
} from '../testing/index.js';

describe('a treatment relation', () => {
  let world: World;
  let clinic: Clinic;
  beforeAll(async () => {
    world = new World(chaincode);
    clinic = await openClinic(world);
  });

  const treated = async (patient: string, by: Caller): Promise<consent.Basis> => {
    const treatment = world.id();
    const span = { from: after(world, 0), until: after(world, 100_000) };
    const priv = { patient, practitioner: by.subject, ...span, salt: world.id() };
    await world.submit(clinic.clerk, 'directory:openTreatment', { id: treatment }, { private: priv });
    return { kind: 'treatment', treatment };
  };
  const anchored = async (patient: string) => {
    const made = leafOf(clinic, clinic.doctor, { patient });
    const { leaf, meta, salt } = made;
    const input = { id: leaf.record, version: 1, leaf };
    await world.submit(clinic.doctor, 'record:anchor', input, { private: { meta, salt } });
    return made;
  };
  const read = async (
    by: Caller,
    { leaf, meta, salt }: Awaited<ReturnType<typeof anchored>>,
    basis: consent.Basis,
  ) => {
    const what = { leaf, meta, metaSalt: salt, reference: { kind: 'single' } as const };
    const priv = { ...what, purpose: 'treatment' as const, basis, salt: world.id() };
    return refusal(world.submit(by, 'record:access', { id: world.id() }, { private: priv }));
  };

  it.each(['payment', 'research', 'duty', ''])('is not replaced by %j, which is no basis', async (kind) => {
    const made = await anchored(clinic.patient);
    const basis = { kind } as unknown as consent.Basis;
    expect(await read(clinic.doctor, made, basis)).toBe('INVALID_ARGUMENT');
    const requester = { organisation: CUSTODIAN, subject: clinic.doctor.subject, role: 'doctor' as const };
    const what = { requester, permission: 'read' as const, purpose: 'payment' as const, meta: made.meta };
    const asked = world.evaluate(clinic.doctor, 'consent:decide', {}, { private: { ...what, basis } });
    expect(await refusal(asked)).toBe('INVALID_ARGUMENT');
  });

  it.each<[Role, string | undefined]>([
    ['doctor', undefined],
    ['nurse', undefined],
    ['technician', undefined],
    ['pharmacist', undefined],
    ['clerk', 'ACCESS_DENIED'],
    ['billing', 'ACCESS_DENIED'],
  ])('of a %s: a read ends in %s', async (role, code) => {
    const by = await practitioner(world, CUSTODIAN, role);
    expect(await read(by, await anchored(clinic.patient), await treated(clinic.patient, by))).toBe(code);
  });

  it('with the pseudonym that a patient was merged into covers the earlier records', async () => {
    const patients = [];
    for (let count = 0; count < 3; count++) {
      patients.push(await registered(world, clinic.clerk, clinic.visitor, deviceKey()));
    }
    const [first, second, third] = patients as [string, string, string];
    const early = await anchored(first);
    const basis = await treated(third, clinic.doctor);
    expect(await read(clinic.doctor, early, basis)).toBe('ACCESS_DENIED');
    await merged(clinic, first, second);
    expect(await read(clinic.doctor, early, basis)).toBe('ACCESS_DENIED');
    await merged(clinic, second, third);
    expect(await read(clinic.doctor, early, basis)).toBeUndefined();
    // Not the other way round: a relation with one who was merged says nothing about the other.
    expect(
      await read(clinic.doctor, await anchored(third), await treated(clinic.patient, clinic.doctor)),
    ).toBe('ACCESS_DENIED');
  });
});
