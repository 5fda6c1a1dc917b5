import { CompactEncrypt, calculateJwkThumbprint, importJWK } from 'jose';
import { Role, record as shapes } from '@medaccord/chaincode/api';
import type { Ledger } from '../ports.js';
import type { RecordStore, StoredRecord } from '../vault/index.js';
import { ExchangeError } from './exchange-error.js';
import { requireGranted } from './granted.js';
import type {
  DescriptorAnswer,
  DescriptorRequest,
  ReleasedKey,
  ReleaseAnswer,
  ReleaseRequest,
} from './protocol.js';
import type { ReleaseLog } from './release-log.js';

export interface RecordHolderOptions {
  /** Name of this organisation, the custodian. */
  readonly organisation: string;
  readonly ledger: Ledger;
  readonly records: RecordStore;
  readonly releases: ReleaseLog;
  /** Whether the own peer has the access event, written by just that valid transaction; waits a little for it. */
  readonly committed: (event: string, transaction: string) => Promise<boolean>;
  readonly now?: () => Date;
}

/** A custodian's side of an exchange: it decides from its own peer and believes the asking gateway nothing. */
export interface RecordHolder {
  /** @throws ExchangeError or Problem: refused. */
  descriptor(organisation: string, request: DescriptorRequest): Promise<DescriptorAnswer>;
  /** @throws ExchangeError or Problem: refused. */
  release(organisation: string, request: ReleaseRequest): Promise<ReleaseAnswer>;
}

/** Age of an access event, by its transaction's time and this gateway's clock. */
const MAX_AGE_MS = 10 * 60_000;
/** A transaction's time is its client's: Fabric lets it differ by so much. */
const MAX_DRIFT_MS = 15 * 60_000;
/** An answer may get lost; more than this is no accident. */
const MAX_RELEASES = 3;

export function recordHolder(options: RecordHolderOptions): RecordHolder {
  return {
    descriptor: (organisation, request) => describe(options, organisation, request),
    release: (organisation, request) => release(options, organisation, request),
  };
}

async function describe(
  options: RecordHolderOptions,
  organisation: string,
  { record, version, reader, purpose, basis }: DescriptorRequest,
): Promise<DescriptorAnswer> {
  const stored = await findHeld(options, record, version);
  const requester = { organisation, ...reader };
  await requireGranted(options.ledger, { requester, permission: 'read', purpose, meta: stored.meta, basis });
  const { leaf, meta, metaSalt, reference } = stored;
  return { leaf, meta, metaSalt, reference };
}

async function release(
  options: RecordHolderOptions,
  organisation: string,
  { event, transaction, recipient }: ReleaseRequest,
): Promise<ReleaseAnswer> {
  const details = await committedEvent(options, event, transaction);
  if (details.reader.organisation !== organisation) {
    throw new ExchangeError('EVENT_OF_ANOTHER', 'the access event is of another organisation');
  }
  const now = options.now?.() ?? new Date();
  checkWindow(details.at, now);
  const stored = await findHeld(options, details.leaf.record, details.leaf.version);
  checkLeaf(details, stored);
  const { anchored, erased } = await options.ledger.evaluate(
    'record:verify',
    { leaf: stored.leaf, reference: stored.reference },
    { as: 'service' },
  );
  if (erased) throw new ExchangeError('ERASED', 'the record was erased');
  if (!anchored) throw new ExchangeError('ANCHOR_MISMATCH', 'the ledger does not have this version');
  // The event's commit was a decision at the client's time; this one is at the holder's, now.
  const { purpose, basis } = details;
  const requester = { organisation, subject: details.reader.subject, role: Role.parse(details.reader.role) };
  await requireGranted(options.ledger, { requester, permission: 'read', purpose, meta: stored.meta, basis });
  const thumbprint = await calculateJwkThumbprint(recipient);
  const { leafHash } = stored;
  const entry = { event, organisation, transaction, leafHash, recipient: thumbprint, at: now };
  const key = await options.records.key(stored);
  if (key === undefined) throw new ExchangeError('ERASED', 'the record was erased');
  const block = await options.records.block(stored);
  const count = await options.releases.record(entry);
  if (count === 0 || count > MAX_RELEASES) {
    throw new ExchangeError('EVENT_USED_UP', 'the record was released for this event; write a new one');
  }
  const released: ReleasedKey = { event, leaf: leafHash, key: key.toString('base64url') };
  return { block: block.toString('base64'), key: await encryptTo(recipient, released) };
}

type Held = StoredRecord & Required<Pick<StoredRecord, 'reference'>>;

async function findHeld({ records }: RecordHolderOptions, record: string, version?: number): Promise<Held> {
  const stored = await records.find(record, version);
  if (stored?.reference === undefined)
    throw new ExchangeError('RECORD_UNKNOWN', 'no such record is held here');
  if (stored.state === 'erased') throw new ExchangeError('ERASED', 'the record was erased');
  return { ...stored, reference: stored.reference };
}

async function committedEvent(
  { committed, ledger }: RecordHolderOptions,
  event: string,
  transaction: string,
): Promise<shapes.AccessDetails> {
  if (!(await committed(event, transaction))) {
    throw new ExchangeError('EVENT_NOT_COMMITTED', 'this peer has no such access event of that transaction');
  }
  return await ledger.evaluate('record:accessDetails', { id: event }, { as: 'service' });
}

function checkWindow(at: string, now: Date): void {
  const age = now.getTime() - Date.parse(at);
  // Written so that an instant that does not parse is refused too.
  if (!(age <= MAX_AGE_MS && age >= -MAX_DRIFT_MS)) {
    throw new ExchangeError('EVENT_EXPIRED', 'the access event is outside the window; write a new one');
  }
}

function checkLeaf({ leaf, meta }: shapes.AccessDetails, stored: Held): void {
  const same = shapes.leafHash(leaf) === stored.leafHash;
  if (!same || shapes.metaHash(meta, stored.metaSalt) !== stored.leaf.metaHash) {
    throw new ExchangeError('DESCRIPTOR_MISMATCH', 'the access event is about something else');
  }
}

async function encryptTo(recipient: ReleaseRequest['recipient'], released: ReleasedKey): Promise<string> {
  const key = await importJWK(recipient, 'ECDH-ES');
  return await new CompactEncrypt(Buffer.from(JSON.stringify(released)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
    .setKeyManagementParameters({ apu: Buffer.from(released.event), apv: Buffer.from(released.leaf) })
    .encrypt(key);
}
