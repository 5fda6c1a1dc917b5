import type { Context } from 'fabric-contract-api';
import type { z } from 'zod';
import { FUNCTIONS, type FunctionName } from '../api/index.js';
import { refuse } from './errors.js';
import { parsePrivate, parseShape } from './input.js';
import { Transaction } from './transaction.js';

type Parsed<F extends FunctionName> = z.output<(typeof FUNCTIONS)[F]['input']>;
type ParsedPrivate<F extends FunctionName> = (typeof FUNCTIONS)[F] extends {
  private: infer P extends z.ZodType;
}
  ? z.output<P>
  : undefined;

/** A rule behind one function of the table: gets what the table's shapes let through. */
export type Handler<F extends FunctionName, R = unknown> = (
  tx: Transaction,
  input: Parsed<F>,
  priv: ParsedPrivate<F>,
) => Promise<R>;

/**
 * Runs a function that writes, then sets its one event. A transaction shows its sender's certificate to everybody for
 * ever, and a patient's names the pseudonym: what a patient signs, a gateway carries under its own name.
 * @throws ContractError
 */
export async function submit<F extends FunctionName, R>(
  ctx: Context,
  name: F,
  argument: string,
  handler: Handler<F, R>,
): Promise<R> {
  const tx = await Transaction.begin(ctx);
  if (tx.caller.role === 'patient') refuse('UNAUTHORIZED_ROLE', 'a gateway carries what a patient signed');
  const result = await call(tx, name, argument, handler);
  tx.changes.emit(ctx.stub, name);
  return result;
}

/** Runs a function that only reads. @throws ContractError */
export async function evaluate<F extends FunctionName, R>(
  ctx: Context,
  name: F,
  argument: string,
  handler: Handler<F, R>,
): Promise<R> {
  return call(await Transaction.begin(ctx), name, argument, handler);
}

async function call<F extends FunctionName, R>(
  tx: Transaction,
  name: F,
  argument: string,
  handler: Handler<F, R>,
): Promise<R> {
  const signature = FUNCTIONS[name];
  const input = parseShape('input', argument, signature.input);
  const priv = 'private' in signature ? parsePrivate(tx.stub, signature.private) : undefined;
  return handler(tx, input as Parsed<F>, priv as ParsedPrivate<F>);
}
