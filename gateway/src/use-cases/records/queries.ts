import { readsAccess } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Handlers } from '../../operation.js';
import type { Caller } from '../../ports.js';
import { requireOwn } from '../shared/submit.js';
import { whereVisible } from '../shared/visible.js';
import { BatchProofs } from './batch-proofs.js';
import { findHeld, openHeld, viewOf } from './held-record.js';
import type { RecordParts } from './parts.js';

type Query =
  | 'listRecords'
  | 'getRecord'
  | 'getRecordHistory'
  | 'getBatch'
  | 'getBatchProof'
  | 'verifyRecord'
  | 'listAccesses'
  | 'getAccess';

/** A patient's lists are about itself, whatever it asks for. */
function ownOnly(caller: Caller): { patient?: string } {
  return caller.role === 'patient' ? { patient: caller.subject } : {};
}

export function recordQueries({ ledger, readModel, records }: RecordParts): Handlers<Query> {
  const proofs = new BatchProofs(records);
  return {
    async listRecords({ caller, query: { cursor, limit = 50, ...filter } = {} }) {
      const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
      const { items, ...rest } = await records.list({ ...filter, ...ownOnly(caller) }, page);
      return { status: 200, body: { items: items.map(viewOf), ...rest } };
    },

    async getRecord({ caller, path }) {
      const held = await findHeld(records, caller, path.id);
      return { status: 200, body: viewOf(held), etag: String(held.leaf.version) };
    },

    async getRecordHistory({ caller, path }) {
      await findHeld(records, caller, path.id);
      return { status: 200, body: { items: (await records.versions(path.id)).map(viewOf) } };
    },

    async getBatch({ caller, path }) {
      return { status: 200, body: await ledger.evaluate('record:getBatch', { id: path.id }, { as: caller }) };
    },

    async getBatchProof({ path }) {
      const proven = await proofs.find(path.id, path.leaf);
      if (proven === undefined) {
        throw new Problem('NOT_FOUND', 'no such leaf in a batch that was anchored here');
      }
      return { status: 200, body: proven };
    },

    async verifyRecord({ caller, body }) {
      if ('leaf' in body) {
        const input = { leaf: body.leaf, reference: body.reference };
        return { status: 200, body: await ledger.evaluate('record:verify', input, { as: caller }) };
      }
      const held = await findHeld(records, caller, body.record, body.version);
      const input = { leaf: held.leaf, reference: held.reference };
      const verified = await ledger.evaluate('record:verify', input, { as: caller });
      if (!verified.anchored || verified.erased) return { status: 200, body: verified };
      const sealed = await openHeld(records, held);
      const { mediaType, data } = body.document;
      const same =
        sealed.mediaType === mediaType && sealed.data === Buffer.from(data, 'base64').toString('base64');
      if (same) return { status: 200, body: verified };
      return {
        status: 200,
        body: { anchored: false, erased: false, reason: 'another document was anchored' },
      };
    },

    async listAccesses({ caller, query: { limit = 50, ...query } = {} }) {
      const page = await readModel.accesses({ ...query, limit, visibleTo: caller, ...ownOnly(caller) });
      return { status: 200, body: page };
    },

    async getAccess({ caller, path }) {
      const state = await ledger.evaluate('record:getAccess', { id: path.id }, { as: caller });
      const read = ledger.evaluate('record:accessDetails', { id: path.id }, { as: caller });
      const details = await whereVisible(read, (found) => readsAccess(caller, found));
      if (caller.role === 'patient') requireOwn(caller, details?.meta.patient);
      return { status: 200, body: details === undefined ? { state } : { state, details } };
    },
  };
}
