import type { FunctionName, InputOf, PrivateOf } from '@medaccord/chaincode/api';
import type { ResultOf } from '../../fabric/results.js';
import { Problem } from '../../errors.js';
import type { Call, OperationId } from '../../operation.js';
import type { Caller, Committed, Ledger, LedgerOptions } from '../../ports.js';

export interface SubmitOptions {
  readonly claim?: LedgerOptions['claim'];
  /** Tells the submits of one run apart; the function's name where left out. */
  readonly label?: string;
  /** Who signs; the caller where left out. */
  readonly as?: LedgerOptions['as'];
}

/** Runs of which something is committed: what comes after it rests on that. */
const begun = new WeakSet<Call['run']>();

/**
 * Submits as the caller, under the run of its request: where an earlier attempt was sent and is on the ledger, that
 * one's result is taken and nothing is sent.
 */
export async function submit<F extends FunctionName>(
  ledger: Ledger,
  call: Pick<Call, 'caller' | 'run'>,
  name: F,
  input: InputOf<F>,
  priv: PrivateOf<F>,
  { claim, label = name, as = call.caller }: SubmitOptions = {},
): Promise<Committed<ResultOf<F>>> {
  const committed = await ledger.submit(name, input, priv, {
    as,
    attempt: call.run.attempt(label),
    follows: begun.has(call.run),
    ...(claim === undefined ? {} : { claim }),
  });
  begun.add(call.run);
  return committed;
}

/**
 * Submits what speaks for itself, as its signature or the clock does, whoever brings it. A transaction shows its
 * sender to every organisation for ever, and a patient's certificate names the pseudonym: the gateway carries it.
 */
export function carry<F extends FunctionName>(
  ledger: Ledger,
  call: Pick<Call, 'caller' | 'run'>,
  name: F,
  input: InputOf<F>,
  priv: PrivateOf<F>,
  options: Omit<SubmitOptions, 'as'> = {},
): Promise<Committed<ResultOf<F>>> {
  const as = call.caller.role === 'patient' ? 'service' : call.caller;
  return submit(ledger, call, name, input, priv, { ...options, as });
}

/** `If-Match` as the version that a step expects. */
export function expectedVersion({ ifMatch }: Pick<Call<OperationId>, 'ifMatch'>): {
  expectedVersion?: number;
} {
  return ifMatch?.[0] === undefined ? {} : { expectedVersion: ifMatch[0] };
}

/** Patients see what is theirs; of anything else they are not told that it is there. */
export function requireOwn(caller: Caller, patient: string | undefined): void {
  if (caller.role === 'patient' && patient !== caller.subject)
    throw new Problem('NOT_FOUND', 'no such thing of yours');
}
