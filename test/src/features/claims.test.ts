import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit, refusal, value } from '../story/api.js';
import { claimDraft, decided, euros, line } from './given/claim.js';
import { ClaimFile } from './given/claim-file.js';
import { type Patient, registeredPatient } from './given/patient.js';

const LINES = [line(1, 4_000), line(2, 2_500, '71046')];
const IN_FULL = LINES.map((each) => decided(each));
const DENIED = LINES.map((each) => decided(each, 0));

/** The life of a claim over REST, with two insurers in the consortium. */
describe('a claim', () => {
  let consortium: Consortium;
  let patient: Patient;
  let adjuster: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium('six');
    patient = await registeredPatient(consortium);
    adjuster = await consortium.member('insurer-a', 'adjuster');
  });
  afterAll(() => consortium.disconnect());

  const submit = () => ClaimFile.submit(consortium, patient, 'insurer-a', { lines: LINES });
  const acknowledged = async () => {
    const file = await submit();
    await file.insurerStep('acknowledge');
    return file;
  };
  const details = (id: string) =>
    value(adjuster.api.GET('/v1/claims/{id}/decision', { params: { path: { id } } }));

  it('is submitted, acknowledged, approved, settled and paid', async () => {
    const file = await submit();
    expect(await file.status()).toBe('submitted');
    expect(await file.insurerStep('acknowledge')).toBe('acknowledged');
    expect(await file.adjudicate(IN_FULL)).toBe('approved');
    const payment = await file.settle();
    expect(await file.status()).toBe('settled');
    expect(await file.received(payment, 'confirm')).toBe('confirmed');
    const billing = await consortium.member('hospital-a', 'billing');
    const { amount } = await value(
      billing.api.GET('/v1/payments/{id}/details', { params: { path: { id: payment } } }),
    );
    expect(amount).toEqual(euros(13_000));
    expect(await refusal(file.received(payment, 'reject'))).toMatchObject({ code: 'INVALID_STATE' });
  });

  it('is decided line by line', async () => {
    const file = await acknowledged();
    const lines = [decided(LINES[0] ?? line(1, 0), 6_000), decided(LINES[1] ?? line(2, 0), 0)];
    expect(await file.adjudicate(lines)).toBe('partly-approved');
    expect(await details(file.id)).toMatchObject({ lines, total: euros(6_000) });
  });

  it('waits for information that the insurer asks for, and for the insurer', async () => {
    const file = await acknowledged();
    expect(await file.insurerStep('request-information')).toBe('information-requested');
    expect(await refusal(file.insurerStep('request-information'))).toMatchObject({ code: 'INVALID_STATE' });
    await file.providerStep('answer');
    expect(await refusal(file.providerStep('answer'))).toMatchObject({ code: 'INVALID_STATE' });
    expect(await file.insurerStep('pend')).toBe('pended');
    expect(await file.adjudicate(IN_FULL)).toBe('approved');
  });

  it('is denied, appealed, and decided again', async () => {
    const file = await acknowledged();
    expect(await file.adjudicate(DENIED)).toBe('denied');
    expect(await refusal(file.settle())).toMatchObject({ status: 409, code: 'INVALID_STATE' });
    expect(await file.appeal('second-opinion')).toBe('appealed');
    expect(await file.insurerStep('acknowledge')).toBe('acknowledged');
    expect(await file.adjudicate(IN_FULL)).toBe('approved');
    expect(await details(file.id)).toMatchObject({ round: 1, total: euros(13_000) });
    expect(await refusal(file.appeal('again'))).toMatchObject({ code: 'INVALID_STATE' });
  });

  it('is open again when the payment comes back', async () => {
    const file = await acknowledged();
    await file.adjudicate(IN_FULL);
    const lost = await file.settle();
    expect(await file.received(lost, 'reject')).toBe('rejected');
    expect(await file.status()).toBe('approved');
    const again = await file.settle();
    expect(again).not.toBe(lost);
    expect(await file.received(again, 'confirm')).toBe('confirmed');
    expect(await file.status()).toBe('settled');
  });

  it('is withdrawn or replaced as long as nothing is decided', async () => {
    const withdrawn = await submit();
    expect(await withdrawn.providerStep('withdraw')).toBe('withdrawn');
    expect(await refusal(withdrawn.insurerStep('acknowledge'))).toMatchObject({ code: 'INVALID_STATE' });

    const first = await acknowledged();
    const second = await first.replace(claimDraft(patient, 'insurer-a', { lines: LINES.slice(0, 1) }));
    expect(await first.status()).toBe('replaced');
    const { lines } = await value(
      adjuster.api.GET('/v1/claims/{id}/lines', { params: { path: { id: second } } }),
    );
    expect(lines).toEqual(LINES.slice(0, 1));

    const settled = await acknowledged();
    await settled.adjudicate(IN_FULL);
    await settled.settle();
    expect(await refusal(settled.providerStep('withdraw'))).toMatchObject({ code: 'INVALID_STATE' });
    const draft = claimDraft(patient, 'insurer-a');
    expect(await refusal(settled.replace(draft))).toMatchObject({ code: 'INVALID_STATE' });
  });

  it('whose sums do not add up is refused whole', async () => {
    const wrong = { ...line(1, 4_000), amount: euros(1) };
    const id = randomBytes(16).toString('hex');
    const draft = { id, lines: [wrong] };
    const refused = await refusal(ClaimFile.submit(consortium, patient, 'insurer-a', draft));
    expect(refused).toMatchObject({ status: 422, code: 'AMOUNT_MISMATCH' });
    const mixed = {
      id,
      lines: [line(1, 100), { ...line(2, 100), amount: { amount: 200, currency: 'USD' } }],
    };
    expect(await refusal(ClaimFile.submit(consortium, patient, 'insurer-a', mixed))).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
    });
    const { api } = await consortium.member('hospital-a', 'billing');
    expect(await refusal(value(api.GET('/v1/claims/{id}', { params: { path: { id } } })))).toMatchObject({
      status: 404,
    });
  });

  it('is decided for no more than was asked, and paid with exactly what was decided', async () => {
    const file = await acknowledged();
    const tooMuch = [{ ...decided(LINES[0] ?? line(1, 0)), allowed: euros(8_001) }, ...IN_FULL.slice(1)];
    expect(await refusal(file.adjudicate(tooMuch))).toMatchObject({ code: 'AMOUNT_MISMATCH' });
    const missing = IN_FULL.slice(1);
    expect(await refusal(file.adjudicate(missing))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    await file.adjudicate(IN_FULL);
    expect(await refusal(file.settle(euros(12_999)))).toMatchObject({ code: 'AMOUNT_MISMATCH' });
  });

  it('submitted twice with one key is one claim, also where the answer was lost', async () => {
    const billing = await consortium.member('hospital-a', 'billing');
    const body = claimDraft(patient, 'insurer-a');
    const header = { 'Idempotency-Key': `claim-${patient.id}` };
    const send = () => value(billing.api.POST('/v1/claims', { params: { header }, body }));
    const [first, second] = [await send(), await send()];
    expect(second).toEqual(first);
    const other = billing.api.POST('/v1/claims', {
      params: { header },
      body: { ...body, coverage: 'another' },
    });
    expect(await refusal(value(other))).toMatchObject({ status: 422, code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('without an insurance is an invoice that the issuer alone can read', async () => {
    const billing = await consortium.member('hospital-a', 'billing');
    const { invoice } = await commit((header) =>
      billing.api.POST('/v1/invoices', { params: { header }, body: { patient: patient.id, lines: LINES } }),
    );
    const path = { id: invoice.id };
    const shown = await value(billing.api.GET('/v1/invoices/{id}/details', { params: { path } }));
    expect(shown).toMatchObject({ patient: patient.id, total: euros(13_000) });
    const stranger = await consortium.member('hospital-b', 'billing');
    expect(
      await refusal(value(stranger.api.GET('/v1/invoices/{id}/details', { params: { path } }))),
    ).toMatchObject({ status: 403 });
    const { invoice: paid } = await commit((header) =>
      billing.api.POST('/v1/invoices/{id}/pay', { params: { path, header }, body: {} }),
    );
    expect(paid.status).toBe('paid');
    expect(
      await refusal(
        commit((header) =>
          billing.api.POST('/v1/invoices/{id}/void', { params: { path, header }, body: {} }),
        ),
      ),
    ).toMatchObject({ code: 'INVALID_STATE' });
  });
});
