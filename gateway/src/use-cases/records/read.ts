import { ERROR_CODES, record as shapes, type consent } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Call, Handlers, Schemas } from '../../operation.js';
import type { TransactionRef } from '../../ports.js';
import type { DescriptorAnswer } from '../../exchange/index.js';
import { carry } from '../shared/submit.js';
import { findHeld, openHeld } from './held-record.js';
import { ownEventOf } from './own-reading.js';
import type { RecordParts } from './parts.js';

/** Reads a document: its access event is committed first, wherever it is kept. */
export function readUseCases(parts: RecordParts): Handlers<'readRecord'> {
  return {
    async readRecord(call) {
      const { organisation } = parts;
      const custodian = call.body.custodian ?? organisation;
      const ownEvent = ownEventOf(call, organisation);
      const read =
        custodian === organisation ? readHere(parts, call, ownEvent) : readThere(parts, call, custodian);
      const { described, document, event, transaction } = await read;
      const { leaf, meta } = described;
      const { record, version } = leaf;
      return { status: 200, body: { record, version, meta, document, access: event, transaction } };
    },
  };
}

interface Read {
  readonly described: DescriptorAnswer;
  readonly document: Schemas['Document'];
  readonly event: string;
  readonly transaction: TransactionRef;
}

/** At the custodian: staff by what the contract lets it read, and the patient by its own right. */
async function readHere(parts: RecordParts, call: Call<'readRecord'>, ownEvent?: string): Promise<Read> {
  const { records, ledger, organisation } = parts;
  const { caller, path, body } = call;
  const held = await findHeld(records, caller, path.id, body.version);
  if (held.state === 'erased') throw new Problem('ERASED', 'the record was erased');
  const written = await writeAccess(parts, call, held, ownEvent);
  // A repeated request finds its event written: whether it still may read is decided now.
  const requester = { organisation, subject: caller.subject, role: caller.role };
  const { meta } = held;
  const request = { requester, permission: 'read', purpose: body.purpose, meta, basis: body.basis } as const;
  requireGranted(await ledger.evaluate('consent:decide', {}, { as: 'service' }, request));
  return { described: held, document: await openHeld(records, held), ...written };
}

/** Elsewhere: the custodian's gateway decides for itself, before and after the event. */
async function readThere(parts: RecordParts, call: Call<'readRecord'>, custodian: string): Promise<Read> {
  const { caller, path, body } = call;
  const described = await parts.exchange.descriptor(custodian, {
    record: path.id,
    ...(body.version === undefined ? {} : { version: body.version }),
    reader: { subject: caller.subject, role: caller.role },
    purpose: body.purpose,
    basis: body.basis,
  });
  const written = await writeAccess(parts, call, described);
  const access = { event: written.event, transaction: written.transaction.id };
  const { mediaType, data } = await parts.exchange.release(custodian, described, access);
  return { described, document: { mediaType, data: data.toString('base64') }, ...written };
}

/** The reader signs, a patient its statement; the valid commit is the decision. */
async function writeAccess(
  { ledger }: RecordParts,
  call: Call<'readRecord'>,
  { leaf, reference, meta, metaSalt }: DescriptorAnswer,
  ownEvent?: string,
): Promise<{ event: string; transaction: TransactionRef }> {
  const { run, body } = call;
  const { purpose, basis, jws } = body;
  // A key that is used for another version later (the newest has changed) is another event.
  const about = shapes.leafHash(leaf);
  const event = ownEvent ?? run.derive(`access ${about}`);
  const salt = run.derive(`access salt ${about}`);
  const what = { leaf, reference, meta, metaSalt, purpose, basis, salt };
  const priv = jws === undefined ? what : { ...what, jws };
  const label = `access ${about}`;
  const { transaction } = await carry(ledger, call, 'record:access', { id: event }, priv, { label });
  return { event, transaction };
}

function requireGranted(decision: consent.Decision): void {
  if (decision.granted) return;
  const code = ERROR_CODES.find((known) => known === decision.code) ?? 'ACCESS_DENIED';
  throw new Problem(code, decision.reason ?? 'the decision is no');
}
