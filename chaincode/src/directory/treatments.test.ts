import { beforeAll, describe, expect, it } from 'vitest';
import * as chaincode from '../index.js';
import {
  CUSTODIAN,
  World,
  after,
  deviceKey,
  openClinic,
  practitioner,
  refusal,
  registered,
  type Caller,
  type Clinic,
} from '../testing/index.js';

let world: World;
let clinic: Clinic;
beforeAll(async () => {
  world = new World(chaincode);
  clinic = await openClinic(world);
});

describe('a treatment relation', () => {
  it('is one for a patient and a practitioner, closed, opened anew', async () => {
    const pair = { patient: clinic.patient, practitioner: clinic.doctor.subject };
    const open = (by: Caller, change: object = {}, id = world.id()) =>
      refusal(
        world.submit(
          by,
          'directory:openTreatment',
          { id },
          {
            private: {
              ...pair,
              from: after(world, 0),
              until: after(world, 600),
              salt: world.id(),
              ...change,
            },
          },
        ),
      );
    const close = (by: Caller, id: string) =>
      refusal(
        world.submit(by, 'directory:closeTreatment', { id }, { private: { ...pair, salt: world.id() } }),
      );
    const id = world.id();
    expect(await open(clinic.visitorAdmin)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await open(await world.caller(CUSTODIAN, 'auditor'))).toBe('UNAUTHORIZED_ROLE');
    expect(await open(clinic.clerk, { until: after(world, 0) })).toBe('INVALID_ARGUMENT');
    expect(await open(clinic.clerk, {}, id)).toBeUndefined();
    expect(await open(clinic.clerk)).toBe('ALREADY_EXISTS');
    expect(await close(clinic.clerk, world.id())).toBe('NOT_FOUND');
    expect(await close(clinic.visitorAdmin, id)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await close(clinic.clerk, id)).toBeUndefined();
    expect(await close(clinic.clerk, id)).toBe('INVALID_STATE');
    expect(await open(clinic.clerk, {}, id)).toBe('ALREADY_EXISTS');
    expect(await open(clinic.clerk)).toBeUndefined();
    world.advance(601);
    const next = world.id();
    expect(await open(clinic.clerk, {}, next)).toBeUndefined();
    const read = { private: { ...pair, salt: world.id() } };
    expect(await world.evaluate(clinic.clerk, 'directory:getTreatment', { id: next }, read)).toMatchObject({
      status: 'open',
      version: 4,
    });
    expect(world.disclosure.isPublished(clinic.doctor.subject)).toBe(true);
    expect(world.disclosure.whoKnows(`"practitioner":"${clinic.doctor.subject}"`)).not.toContain('insurer-a');
  });

  it('is for three days at most by the practitioner itself, 366 by another person, none by a gateway', async () => {
    const nurse = await practitioner(world, CUSTODIAN, 'nurse');
    const open = async (by: Caller, seconds: number, from = 0) => {
      const id = world.id();
      const patient = await registered(world, clinic.clerk, clinic.visitor, deviceKey());
      const pair = { patient, practitioner: nurse.subject };
      const priv = {
        ...pair,
        from: after(world, from),
        until: after(world, from + seconds),
        salt: world.id(),
      };
      const code = await refusal(world.submit(by, 'directory:openTreatment', { id }, { private: priv }));
      if (code !== undefined) return code;
      const read = { private: { ...pair, salt: world.id() } };
      return world.evaluate(clinic.clerk, 'directory:getTreatment', { id }, read);
    };
    const [HOUR, DAY] = [3_600, 86_400];
    expect(await open(nurse, 72 * HOUR)).toMatchObject({ status: 'open', openedBy: nurse.subject });
    expect(await open(nurse, 72 * HOUR + 1)).toBe('SELF_APPROVAL');
    expect(await open(nurse, 30 * DAY, -29 * DAY)).toBe('SELF_APPROVAL');
    for (const other of [clinic.clerk, clinic.admin, clinic.doctor]) {
      expect(await open(other, 366 * DAY)).toMatchObject({ openedBy: other.subject });
    }
    expect(await open(clinic.clerk, 366 * DAY + 1)).toBe('INVALID_ARGUMENT');
    expect(await open(nurse, 366 * DAY + 1)).toBe('INVALID_ARGUMENT');
    expect(await open(await world.caller(CUSTODIAN, 'gateway'), HOUR)).toBe('UNAUTHORIZED_ROLE');
  });
});
