import { Problem } from '../../errors.js';

/** Refusals which mean: the public part may be seen, these details may not. */
const HIDDEN = ['UNAUTHORIZED_ROLE', 'UNAUTHORIZED_ORGANISATION', 'PRIVATE_DATA_MISSING', 'NOT_FOUND'];

/** Details where the caller's organisation may see them, else undefined. Other failures are failures. */
export async function whereVisible<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Problem && HIDDEN.includes(error.code)) return undefined;
    throw error;
  }
}
