import { randomUUID } from 'node:crypto';
import type { Consortium, Member } from '../consortium/index.js';
import { leaves, type Leaf } from './batches.js';
import { AUTHOR, ORGANISATION } from './bench-consortium.js';
import type { Way } from './way.js';

/** The REST endpoint, by the client that hospitals have. */
export async function restWay(consortium: Consortium): Promise<Way> {
  const member = await consortium.logIn(ORGANISATION, AUTHOR);
  return {
    name: 'rest',
    submit: () => anchorLeaves(member, leaves(1)),
    close: () => {
      member.api.close();
    },
  };
}

/** @throws Error with what the gateway says. */
export async function anchorLeaves({ api }: Member, batch: Leaf[]): Promise<void> {
  const params = { header: { 'Idempotency-Key': randomUUID() } };
  const { error } = await api.POST('/v1/records/batches', { params, body: { leaves: batch } });
  if (error !== undefined) throw new Error(`${error.code}: ${error.detail ?? error.title}`);
}
