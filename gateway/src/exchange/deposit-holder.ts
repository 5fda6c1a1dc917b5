import { timingSafeEqual } from 'node:crypto';
import { record as shapes, type consent } from '@medaccord/chaincode/api';
import type { Ledger } from '../ports.js';
import {
  bindingOf,
  nonceOf,
  openDocument,
  SealError,
  type RecordStore,
  type StoredRecord,
} from '../vault/index.js';
import { ExchangeError } from './exchange-error.js';
import { requireGranted } from './granted.js';
import type { ConfirmAnswer, ConfirmRequest, DepositAnswer, DepositRequest } from './protocol.js';

export interface DepositHolderOptions {
  /** Name of this organisation, the custodian. */
  readonly organisation: string;
  readonly ledger: Ledger;
  readonly records: RecordStore;
  /** Whether the own peer has that anchor, written by just that valid transaction; waits a little for it. */
  readonly anchored: (record: string, transaction: string) => Promise<boolean>;
}

/**
 * A custodian's side of a record that somebody elsewhere writes: kept as a candidate until the author's anchor is on
 * the ledger. What never gets there goes with the reconciliation of records.
 */
export interface DepositHolder {
  /** @throws ExchangeError or Problem: refused. */
  deposit(organisation: string, request: DepositRequest): Promise<DepositAnswer>;
  /** @throws ExchangeError or Problem: refused, or not yet on this organisation's peer. */
  confirm(organisation: string, request: ConfirmRequest): Promise<ConfirmAnswer>;
}

/** What one organisation may have waiting for its anchors. */
const MAX_WAITING = 200;
const MAX_WAITING_BYTES = 256 * 1024 * 1024;

export function depositHolder(options: DepositHolderOptions): DepositHolder {
  return {
    deposit: (organisation, request) => deposit(options, organisation, request),
    confirm: (organisation, request) => confirm(options, organisation, request),
  };
}

async function deposit(
  options: DepositHolderOptions,
  organisation: string,
  request: DepositRequest,
): Promise<DepositAnswer> {
  const { ledger, records } = options;
  const { author, basis, meta } = request;
  if (meta.custodian !== options.organisation || meta.author !== author.subject) {
    throw new ExchangeError('REQUEST_MALFORMED', 'meta: of another custodian or author');
  }
  if (basis.kind !== 'consent') throw new ExchangeError('ACCESS_DENIED', 'a consent to write is needed');
  const requester = { organisation, ...author };
  await requireGranted(ledger, { requester, permission: 'write', purpose: 'treatment', meta, basis });
  const earlier = await records.findDeposit(organisation, request.id);
  if (earlier !== undefined) return await answerOf(records, earlier, request);
  try {
    await store(records, organisation, request);
  } catch (error) {
    // The same deposit, sent twice at once: the other one is the answer, wherever this one failed.
    if ((await records.findDeposit(organisation, request.id)) === undefined) throw error;
  }
  const stored = await records.findDeposit(organisation, request.id);
  if (stored === undefined) throw new ExchangeError('HOLDER_FAILED', 'the deposit was not stored');
  return await answerOf(records, stored, request);
}

async function store(
  records: RecordStore,
  organisation: string,
  { id, version: wanted, meta, metaSalt, document }: DepositRequest,
): Promise<void> {
  const version = await nextVersion(records, meta, wanted);
  const { count, bytes } = await records.waitingDeposits(organisation);
  if (count >= MAX_WAITING || bytes >= MAX_WAITING_BYTES) {
    throw new ExchangeError('DEPOSITS_FULL', 'too many deposits of this organisation wait for their anchors');
  }
  const data = Buffer.from(document.data, 'base64');
  const sealed = { mediaType: document.mediaType, data };
  try {
    await records.store([{ version, meta, metaSalt, document: sealed, deposit: { organisation, id } }]);
  } catch (error) {
    throw error instanceof SealError ? new ExchangeError('REQUEST_MALFORMED', error.message) : error;
  }
}

/**
 * Version 1 begins a record; left out, it is the next of one that is held here. Of a record that is not this
 * patient's nothing is told, not even that it is there.
 */
async function nextVersion(
  records: RecordStore,
  { patient, record }: consent.RecordMeta,
  wanted: number | undefined,
): Promise<number> {
  const newest = await records.find(record);
  if (newest === undefined && wanted === 1) return 1;
  if (newest?.meta.patient !== patient) {
    throw new ExchangeError('RECORD_UNKNOWN', 'no such record is held here');
  }
  if (newest.state === 'erased') throw new ExchangeError('ERASED', 'the record was erased');
  if (newest.reference?.kind !== 'single') {
    throw new ExchangeError(
      'INVALID_STATE',
      'the record began in a batch: only its custodian goes on with it',
    );
  }
  const { version } = newest.leaf;
  if ((wanted ?? version + 1) !== version + 1) {
    throw new ExchangeError('VERSION_CONFLICT', `version is ${version}`);
  }
  return version + 1;
}

/** The same for a repeated deposit. @throws ExchangeError DEPOSIT_CONFLICT where it is another one by the same id */
async function answerOf(
  records: RecordStore,
  stored: StoredRecord,
  { meta, metaSalt, document }: DepositRequest,
): Promise<DepositAnswer> {
  const key = stored.state === 'erased' ? undefined : await records.key(stored);
  if (key === undefined) throw new ExchangeError('ERASED', 'the record was erased');
  const block = await records.block(stored);
  const { mediaType, data } = openDocument(block, key, bindingOf(stored), stored.leaf.capsuleHash);
  const sent = Buffer.from(document.data, 'base64');
  const isSame =
    shapes.metaHash(meta, metaSalt) === stored.leaf.metaHash &&
    mediaType === document.mediaType &&
    data.length === sent.length &&
    timingSafeEqual(data, sent);
  if (!isSame) throw new ExchangeError('DEPOSIT_CONFLICT', 'this deposit was made with another content');
  const nonce = nonceOf(block).toString('base64url');
  return { leaf: stored.leaf, key: key.toString('base64url'), nonce };
}

async function confirm(
  { ledger, records, anchored }: DepositHolderOptions,
  organisation: string,
  { id, transaction }: ConfirmRequest,
): Promise<ConfirmAnswer> {
  const stored = await records.findDeposit(organisation, id);
  if (stored === undefined) throw new ExchangeError('DEPOSIT_UNKNOWN', 'there is no such deposit');
  if (stored.state === 'erased') throw new ExchangeError('ERASED', 'the record was erased');
  if (stored.anchoredAt !== undefined) return { anchoredAt: stored.anchoredAt };
  const { leaf, leafHash } = stored;
  if (!(await anchored(leaf.record, transaction))) {
    throw new ExchangeError('ANCHOR_NOT_COMMITTED', 'this peer has no anchor of that transaction yet');
  }
  const reference = { kind: 'single' } as const;
  const verified = await ledger.evaluate('record:verify', { leaf, reference }, { as: 'service' });
  if (!verified.anchored || verified.anchoredAt === undefined) {
    throw new ExchangeError('ANCHOR_MISMATCH', 'the anchor is of another leaf');
  }
  const { anchoredAt } = verified;
  await records.anchored([{ leafHash, reference }], { id: transaction, at: anchoredAt });
  if (verified.erased) await records.erase(leafHash);
  return { anchoredAt };
}
