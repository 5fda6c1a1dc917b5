import type { record } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Call, Schemas } from '../../operation.js';
import type { TransactionRef } from '../../ports.js';
import { DOCUMENT_MAX_BYTES } from '../../vault/index.js';
import { submit } from '../shared/submit.js';
import { metaOf } from './draft.js';
import type { RecordParts } from './parts.js';

/** What the run remembers of a deposit; the document stays in the request. */
interface Deposited {
  readonly leaf: record.Leaf;
  readonly leafHash: string;
}

/**
 * Stores a record at another custodian, under a consent to write: the custodian seals and keeps it, the author
 * anchors the leaf, and the custodian is told. Nothing of it is kept here. Each step may be repeated: what was left
 * with the custodian and never anchored is destroyed there.
 */
export async function storeElsewhere(
  { ledger, exchange }: RecordParts,
  call: Call<'storeRecord'>,
  custodian: string,
): Promise<{ view: Schemas['RecordView']; transaction: TransactionRef }> {
  const { caller, run, body, ifMatch } = call;
  const { document, basis } = body;
  if (basis === undefined) throw new Problem('ACCESS_DENIED', 'a consent to write is needed');
  if (Buffer.byteLength(document.data, 'base64') > DOCUMENT_MAX_BYTES) {
    throw new Problem('PAYLOAD_TOO_LARGE', 'a document has at most 8 MiB');
  }
  const meta = metaOf(body, custodian, caller, (label) => run.derive(label), '0');
  const metaSalt = run.derive('salt 0');
  const id = run.derive('deposit');
  const version = versionOf(body, ifMatch?.[0]);
  const { leaf, leafHash } = await run.step<Deposited>('deposited', async () => {
    const author = { subject: caller.subject, role: caller.role };
    const request = { id, author, basis, meta, metaSalt, document };
    return exchange.deposit({ ...request, ...(version === undefined ? {} : { version }) });
  });
  const input = { id: leaf.record, version: leaf.version, leaf };
  const priv = { meta, salt: metaSalt, basis };
  const { transaction } = await submit(ledger, call, 'record:anchor', input, priv);
  const { anchoredAt } = await exchange.confirm(custodian, { id, transaction: transaction.id });
  const view = {
    record: leaf.record,
    version: leaf.version,
    status: 'anchored' as const,
    leaf,
    leafHash,
    meta,
    mediaType: document.mediaType,
    anchoredAt,
  };
  return { view, transaction };
}

/** @throws Problem VERSION_CONFLICT where the request contradicts itself */
function versionOf({ record, version }: Schemas['RecordDraft'], seen?: number): number | undefined {
  const next = record === undefined ? 1 : seen === undefined ? version : seen + 1;
  if (version !== undefined && version !== next) {
    throw new Problem('VERSION_CONFLICT', 'the version does not follow the one that was seen');
  }
  if (record === undefined && seen !== undefined)
    throw new Problem('VERSION_CONFLICT', 'there is no version yet');
  return next;
}
