import { beforeAll, describe, expect, it } from 'vitest';
import type { consent } from '../api/index.js';
import * as chaincode from '../index.js';
import {
  CUSTODIAN,
  VISITING,
  World,
  granted,
  leafOf,
  openClinic,
  refusal,
  type Caller,
  type Clinic,
} from '../testing/index.js';

describe('an author of another organisation, with a consent to write', () => {
  let world: World;
  let clinic: Clinic;
  let write: consent.Basis;
  beforeAll(async () => {
    world = new World(chaincode);
    clinic = await openClinic(world);
    write = { kind: 'consent', consent: (await granted(clinic, { permissions: ['write'] })).id };
  });

  /** The next version of a record, by the custodian's own doctor or by the visitor under the consent. */
  const anchor = async (by: Caller, record: string, version: number) => {
    const { leaf, meta, salt } = leafOf(clinic, by, { record }, version);
    const basis = by === clinic.visitor ? write : undefined;
    return refusal(
      world.submit(by, 'record:anchor', { id: record, version, leaf }, { private: { meta, salt, basis } }),
    );
  };

  it('goes on with a record that the own organisation began', async () => {
    const record = world.id();
    expect(await anchor(clinic.visitor, record, 1)).toBeUndefined();
    expect(await anchor(clinic.visitor, record, 2)).toBeUndefined();
    expect(world.value('anchor', record)).toMatchObject({ version: 2, writer: VISITING });
  });

  it("does not overwrite the custodian's records, whosever they are", async () => {
    const record = world.id();
    expect(await anchor(clinic.doctor, record, 1)).toBeUndefined();
    expect(await anchor(clinic.visitor, record, 2)).toBe('ACCESS_DENIED');
    expect(world.value('anchor', record)).toMatchObject({ version: 1, writer: CUSTODIAN });
  });

  it('leaves a record to the custodian once the custodian went on with it', async () => {
    const record = world.id();
    expect(await anchor(clinic.visitor, record, 1)).toBeUndefined();
    expect(await anchor(clinic.doctor, record, 2)).toBeUndefined();
    expect(await anchor(clinic.visitor, record, 3)).toBe('ACCESS_DENIED');
  });
});
