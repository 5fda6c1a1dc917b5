import { beforeEach, describe, expect, it } from 'vitest';
import type { billing } from '../api/index.js';
import { CANARY, euro, hashed, line } from '../testing/claim-case.js';
import { FOUR_ORGANISATIONS } from '../testing/consortiums.js';
import { found, practitioner } from '../testing/founding.js';
import { World, type Caller } from '../testing/world.js';
import * as chaincode from '../index.js';

describe('an invoice', () => {
  let world: World;
  let biller: Caller;
  let details: billing.InvoiceDetails;
  beforeEach(async () => {
    world = new World(chaincode, FOUR_ORGANISATIONS);
    await found(world);
    biller = await practitioner(world, 'hospital-a', 'billing');
    details = {
      type: 'invoice-details',
      id: world.id(),
      patient: 'a'.repeat(32),
      lines: [{ ...line(1, 100, 3), code: { system: 'https://codes.example/x', code: CANARY } }],
      total: euro(300),
      salt: 'b'.repeat(32),
    };
  });
  const issue = (by = biller, change: object = {}) =>
    world.submit(by, 'billing:issueInvoice', {
      id: details.id,
      detailsHash: hashed(details),
      idempotencyKey: `issue-${details.id}`,
      ...change,
    });
  const put = (value = details, by = biller, endorsers?: string[]) =>
    world.submit(by, 'billing:putInvoiceDetails', { id: details.id }, { private: value, endorsers });
  const step = (name: 'payInvoice' | 'voidInvoice', by = biller, expectedVersion?: number) =>
    world.submit(by, `billing:${name}`, { id: details.id, expectedVersion });

  it('is issued, detailed, paid; its details stay with the issuer', async () => {
    expect((await issue()).result).toEqual({
      type: 'invoice',
      id: details.id,
      issuer: 'hospital-a',
      status: 'issued',
      detailsHash: hashed(details),
      version: 1,
      updatedAt: '2026-01-05T08:00:00.000Z',
    });
    expect((await put()).result).toEqual({ id: details.id, hash: hashed(details) });
    await put();
    expect((await step('payInvoice', biller, 1)).result).toMatchObject({ status: 'paid', version: 2 });
    await put();
    const read = (by: Caller) => world.evaluate(by, 'billing:getInvoiceDetails', { id: details.id });
    expect(await read(biller)).toEqual(details);
    const neighbour = await practitioner(world, 'hospital-b', 'billing');
    await expect(read(neighbour)).rejects.toMatchObject({ code: 'UNAUTHORIZED_ORGANISATION' });
    expect(await world.evaluate(neighbour, 'billing:getInvoice', { id: details.id })).toMatchObject({
      status: 'paid',
    });
    expect(world.disclosure.whoKnows(CANARY)).toEqual(['hospital-a']);
  });

  it('is voided, before or after its details came', async () => {
    await issue();
    expect((await step('voidInvoice')).result).toMatchObject({ status: 'void' });
    await expect(put()).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(step('payInvoice')).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(step('voidInvoice')).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('is refused to insurers, to others’ staff and roles, and under a taken id', async () => {
    const clerk = await practitioner(world, 'insurer-a', 'clerk');
    await expect(issue(clerk)).rejects.toMatchObject({ code: 'UNAUTHORIZED_ORGANISATION' });
    const doctor = await practitioner(world, 'hospital-a', 'doctor');
    await expect(issue(doctor)).rejects.toMatchObject({ code: 'UNAUTHORIZED_ROLE' });
    const stranger = await world.caller('hospital-a', 'billing');
    await expect(issue(stranger)).rejects.toMatchObject({ code: 'PRACTITIONER_NOT_APPROVED' });
    await expect(step('payInvoice')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await issue();
    await expect(issue(biller, { idempotencyKey: 'another-key' })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    const neighbour = await practitioner(world, 'hospital-b', 'billing');
    for (const call of [
      step('payInvoice', neighbour),
      step('voidInvoice', neighbour),
      put(details, neighbour),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'UNAUTHORIZED_ORGANISATION' });
    }
    await expect(step('payInvoice', biller, 2)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await expect(step('payInvoice')).rejects.toMatchObject({ code: 'PRIVATE_DATA_MISSING' });
    await expect(world.evaluate(doctor, 'billing:getInvoice', { id: details.id })).rejects.toMatchObject({
      code: 'UNAUTHORIZED_ROLE',
    });
  });

  it('takes no other details than those of its hash, and none that do not add up', async () => {
    await issue();
    await expect(put({ ...details, salt: 'c'.repeat(32) })).rejects.toMatchObject({
      code: 'PRIVATE_DATA_MISMATCH',
    });
    await expect(put({ ...details, id: world.id() })).rejects.toMatchObject({
      code: 'PRIVATE_DATA_MISMATCH',
    });
    details = { ...details, id: world.id(), total: euro(301) };
    await issue();
    await expect(put()).rejects.toMatchObject({ code: 'AMOUNT_MISMATCH' });
  });

  it('is repeated by its key without a second one', async () => {
    await issue();
    const again = await issue();
    expect(again.event.changes).toEqual([]);
    expect(again.result).toMatchObject({ id: details.id });
    await expect(issue(biller, { detailsHash: 'f'.repeat(64) })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('of which only the issuer’s peer endorses the details', async () => {
    await issue();
    await expect(put(details, biller, ['hospital-b', 'lab-a'])).rejects.toMatchObject({
      validation: 'ENDORSEMENT_POLICY_FAILURE',
    });
  });
});
