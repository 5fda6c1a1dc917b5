import { createHash } from 'node:crypto';
import { canonicalJson, type FunctionName } from '../api/index.js';
import { hashOf, refuse, type Transaction } from '../ledger/index.js';
import { IDEMPOTENCY } from './kinds.js';

interface Once<R> {
  readonly function: FunctionName;
  readonly input: { readonly idempotencyKey: string };
  /** Id of the asset that the request makes or changes. */
  readonly asset: string;
  /** Does the work, where the key is new. */
  readonly first: () => Promise<R>;
  /** Answers with the asset as it is now; writes nothing. */
  readonly again: () => Promise<R>;
}

/**
 * Runs a request once for each of the caller's organisation's keys. Of two at the same time one is invalidated by
 * Fabric's read check, as both have read the key's absence.
 * @throws ContractError IDEMPOTENCY_KEY_REUSED where the key came with other input before.
 */
export async function once<R>(tx: Transaction, request: Once<R>): Promise<R> {
  const organisation = tx.caller.organisation.name;
  const id = createHash('sha256').update(request.input.idempotencyKey).digest('hex');
  const requestHash = hashOf({ function: request.function, input: request.input });
  const known = await tx.assets.get(IDEMPOTENCY, organisation, id);
  if (known !== undefined) {
    if (known.requestHash !== requestHash) refuse('IDEMPOTENCY_KEY_REUSED', 'the key came with other input');
    return request.again();
  }
  const result = await request.first();
  const value = { type: 'idempotency', id, organisation, requestHash, asset: request.asset };
  // Not an asset that anybody subscribes to, so it stays out of the event.
  await tx.stub.putState(
    tx.assets.key(IDEMPOTENCY, [organisation, id]),
    Buffer.from(canonicalJson(IDEMPOTENCY.shape.parse({ ...value, updatedAt: tx.timestamp }))),
  );
  return result;
}
