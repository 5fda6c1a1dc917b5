import { Problem } from '../../errors.js';
import type { Handlers } from '../../operation.js';
import type { TransactionRef } from '../../ports.js';
import { submit } from '../shared/submit.js';
import type { RecordParts } from './parts.js';

/** Erases on the ledger first, so that nobody releases what is being destroyed; then key and block. */
export function eraseUseCases({ ledger, records }: RecordParts): Handlers<'eraseRecord'> {
  return {
    async eraseRecord(call) {
      const { version, reason } = call.body;
      const versions = (await records.versions(call.path.id)).filter(
        ({ leaf }) => version === undefined || leaf.version === version,
      );
      if (versions.length === 0) throw new Problem('NOT_FOUND', 'no such record is kept here');
      let last: TransactionRef | undefined;
      for (const { leaf, reference, leafHash } of versions) {
        if (reference === undefined) continue;
        const label = `erase ${leaf.version}`;
        const input = { leaf, reference, reason };
        try {
          last = (await submit(ledger, call, 'record:erase', input, undefined, { label })).transaction;
        } catch (error) {
          // Erased before, by this or another request: what is left here goes all the same.
          if (!(error instanceof Problem && error.code === 'ERASED')) throw error;
        }
        await records.erase(leafHash);
      }
      if (last === undefined) throw new Problem('ERASED', 'the record was erased');
      return { status: 200, body: { id: call.path.id, transaction: last } };
    },
  };
}
