import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { Consortium, wipeConsortium } from '../consortium/index.js';
import { claimDraft, decided } from '../features/given/claim.js';
import { ClaimFile } from '../features/given/claim-file.js';
import { everyAsset } from '../features/given/every-asset.js';
import { DAY, inFuture } from '../features/given/ids.js';
import { registeredPatient } from '../features/given/patient.js';
import { readRecord, storedRecord } from '../features/given/record.js';
import { commit, refusal, value } from '../story/api.js';

const home = (name: string) => join(inject('consortia'), name);

describe('two organisations, a hospital and an insurer', () => {
  afterAll(() => wipeConsortium(home('two')));

  it('come up, keep records and settle a claim', async () => {
    const consortium = await Consortium.start(home('two'), 'config/examples/two-organisations.yaml');
    const patient = await registeredPatient(consortium, 'hospital-a', null);
    const record = await storedRecord(consortium, patient);
    const doctor = await consortium.member('hospital-a', 'doctor');
    const { id: treatment } = await commit((header) =>
      doctor.api.POST('/v1/treatments', {
        params: { header },
        body: {
          patient: patient.id,
          practitioner: doctor.subject,
          from: inFuture(-DAY),
          until: inFuture(DAY),
        },
      }),
    );
    expect(await readRecord(doctor, record, { kind: 'treatment', treatment })).toBe(record.text);

    const claim = await ClaimFile.submit(consortium, patient, 'insurer-a');
    await claim.insurerStep('acknowledge');
    const { lines } = claimDraft(patient, 'insurer-a');
    expect(await claim.adjudicate(lines.map((line) => decided(line)))).toBe('approved');
    expect(await claim.received(await claim.settle(), 'confirm')).toBe('confirmed');
    await consortium.disconnect();
  });
});

describe('eight organisations of every kind', () => {
  afterAll(() => wipeConsortium(home('eight')));

  it('come up and do each their own; a regulator reads, and a manufacturer has nothing to say yet', async () => {
    const consortium = await Consortium.start(home('eight'), 'config/examples/eight-organisations.yaml');
    await everyAsset(consortium, { custodian: 'hospital-b', second: 'hospital-a', insurer: 'insurer-b' });

    const regulator = await consortium.member('regulator-a', 'auditor');
    const { items: organisations } = await value(regulator.api.GET('/v1/organisations'));
    expect(organisations.map(({ name }) => name).sort()).toEqual(
      consortium.topology.organisations.map(({ name }) => name).sort(),
    );
    const { items } = await value(regulator.api.GET('/v1/claims'));
    expect(items.map(({ status }) => status)).toEqual(['settled']);
    const path = { id: items[0]?.claim.id ?? '' };
    const lines = value(regulator.api.GET('/v1/claims/{id}/lines', { params: { path } }));
    expect(await refusal(lines)).toMatchObject({ status: 403 });

    const manufacturer = await consortium.member('manufacturer-a', 'clerk');
    const { organisation } = await value(manufacturer.api.GET('/v1/me'));
    expect(organisation).toBe('manufacturer-a');
    expect(await refusal(registeredPatient(consortium, 'manufacturer-a', null))).toMatchObject({
      status: 403,
    });
    await consortium.disconnect();
  });
});
