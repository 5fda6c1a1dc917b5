import { randomUUID } from 'node:crypto';
import { type components, signTransactionStep } from '@medaccord/gateway/client';
import type { Member } from '../../consortium/index.js';
import { commit } from '../../story/api.js';

export type Step = components['schemas']['SigningStep'];
type Problem = components['schemas']['Problem'];
type Header = { 'Idempotency-Key': string };

const MOST_SIGNATURES = 12;

/** Brings one signature. @param privateKey the member's own, where left out. */
export function bringSignature(
  { api, privateKey: own }: Member,
  step: Step,
  privateKey: string = own,
): Promise<Step> {
  const path = { transactionId: step.transactionId };
  return commit((header) =>
    api.POST('/v1/transactions/{transactionId}/signatures', {
      params: { path, header },
      body: { step: step.step as 'proposal', signature: signTransactionStep(step, privateKey) },
    }),
  );
}

/** Brings the signatures of one prepared transaction. @returns the last step, and how many it took */
export async function bringSignatures(
  member: Member,
  first: Step,
): Promise<{ done: Step; signatures: number }> {
  let done = first;
  let signatures = 0;
  for (; done.step !== 'done'; signatures++) done = await bringSignature(member, done);
  return { done, signatures };
}

/** Signs what a call asks for with the caller's own key, and repeats it until it is through. */
export async function signedCall<T>(
  member: Member,
  call: (header: Header) => Promise<{ readonly data?: T; readonly error?: Problem }>,
): Promise<{ data: T; signatures: number; transactions: string[] }> {
  const header = { 'Idempotency-Key': randomUUID() };
  const transactions: string[] = [];
  let signatures = 0;
  while (signatures < MOST_SIGNATURES) {
    const { data, error } = await call(header);
    if (data !== undefined) return { data, signatures, transactions };
    if (error?.signing === undefined) throw new Error(`${error?.code ?? ''}: ${error?.detail ?? ''}`);
    transactions.push(error.signing.transactionId);
    signatures += (await bringSignatures(member, error.signing)).signatures;
  }
  throw new Error('it asks for signatures without end');
}
