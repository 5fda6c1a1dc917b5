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
import { openCast } from '../story/cast.js';
import type { Figures } from '../story/figures.js';
import { runStory } from '../story/story.js';

const home = (name: string) => join(inject('consortia'), name);

/** The story of two generated patients: eight records and two claims each, of which one patient is not insured. */
async function smallStory(name: string): Promise<Figures> {
  const cast = await openCast(home(name), 8);
  try {
    return await runStory(cast, { patients: 2 });
  } finally {
    cast.close();
  }
}
const WHOLE = { patients: 2, records: 16, claims: 2, settled: 2, invoices: 2 };

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

  it('play the story but for what takes a second hospital', async () => {
    expect(await smallStory('two')).toMatchObject({ ...WHOLE, registrations: 2, consents: 0 });
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

  it('play the whole story', async () => {
    expect(await smallStory('eight')).toMatchObject({
      ...WHOLE,
      registrations: 4,
      readsUnderConsent: 2,
      refusedAfterRevocation: 2,
    });
  });
});
