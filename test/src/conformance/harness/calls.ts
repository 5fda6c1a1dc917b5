import type { Contract, ProposalOptions, Status, SubmittedTransaction } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';

const CODE_NAMES = new Map<number, string>(
  Object.entries(peer.TxValidationCode).map(([name, code]) => [code, name]),
);

/** Fabric's name of a validation code: failures then speak for themselves. */
export function codeName(code: number): string {
  return CODE_NAMES.get(code) ?? String(code);
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

export async function evaluate(contract: Contract, name: string, ...args: string[]): Promise<string> {
  return textOf(await contract.evaluateTransaction(name, ...args));
}

export async function evaluateJson<T>(contract: Contract, name: string, ...args: string[]): Promise<T> {
  return JSON.parse(await evaluate(contract, name, ...args)) as T;
}

/** What became of a submitted transaction. */
export interface Outcome {
  readonly txId: string;
  readonly code: string;
  readonly block: bigint;
  readonly result: string;
}

/** Endorses, submits and waits for the block, whatever the verdict. */
export async function submit(contract: Contract, name: string, ...args: string[]): Promise<Outcome> {
  return submitWith(contract, name, { arguments: args });
}

export async function submitWith(
  contract: Contract,
  name: string,
  options: ProposalOptions,
): Promise<Outcome> {
  return outcome(await contract.submitAsync(name, options));
}

export async function outcome(submitted: SubmittedTransaction): Promise<Outcome> {
  return { ...verdict(await submitted.getStatus()), result: textOf(submitted.getResult()) };
}

export function verdict({ transactionId, code, blockNumber }: Status): Omit<Outcome, 'result'> {
  return { txId: transactionId, code: codeName(code), block: blockNumber };
}

/** Several calls of the stub in one transaction. */
export function steps(...calls: (readonly string[])[]): string {
  return JSON.stringify(calls);
}

let count = 0;
/** A key that no other scenario uses. */
export function newKey(prefix = 'key'): string {
  count += 1;
  return `${prefix}-${process.pid.toString(36)}-${Date.now().toString(36)}-${String(count)}`;
}
