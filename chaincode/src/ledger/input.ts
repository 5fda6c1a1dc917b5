import type { ChaincodeStub } from 'fabric-shim-api';
import type { z } from 'zod';
import { TRANSIENT_FIELD } from '../api/index.js';
import { refuse } from './errors.js';

/** Characters of an argument or a private input; a batch proof or a claim of 500 lines stays far below. */
const MAX_LENGTH = 1_048_576;

/**
 * Reads one JSON text into its shape.
 * @throws ContractError INVALID_ARGUMENT naming the member; the value itself is never repeated.
 */
export function parseShape<S extends z.ZodType>(source: string, text: string, shape: S): z.output<S> {
  if (text.length > MAX_LENGTH) refuse('INVALID_ARGUMENT', `${source}: too long`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse('INVALID_ARGUMENT', `${source}: not JSON`);
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [source, ...(issue?.path ?? [])].map(String).join('.');
  return refuse('INVALID_ARGUMENT', `${path}: ${describe(issue)}`);
}

/** Zod's message for an unknown member repeats its name, which the caller chose. */
function describe(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'invalid';
  return issue.code === 'unrecognized_keys' ? 'unknown member' : issue.message;
}

/**
 * Reads the private input from the one transient field.
 * @throws ContractError PRIVATE_DATA_MISSING where the field is absent, INVALID_ARGUMENT where it is malformed.
 */
export function parsePrivate<S extends z.ZodType>(stub: ChaincodeStub, shape: S): z.output<S> {
  const bytes = stub.getTransient().get(TRANSIENT_FIELD);
  if (bytes === undefined || bytes.length === 0) {
    refuse('PRIVATE_DATA_MISSING', `transient field ${TRANSIENT_FIELD} is missing`);
  }
  return parseShape('private', Buffer.from(bytes).toString('utf8'), shape);
}
