import { Problem } from '../../errors.js';

/** Refusals which mean: the public part may be seen, these details may not. */
const HIDDEN = ['UNAUTHORIZED_ROLE', 'UNAUTHORIZED_ORGANISATION', 'PRIVATE_DATA_MISSING', 'NOT_FOUND'];

/**
 * Details where the caller may see them, else undefined. Other failures are failures.
 * @param concerns whether they concern the caller: for one whose key is not in custody the service identity asked,
 *   which sees more.
 */
export async function whereVisible<T>(
  read: Promise<T>,
  concerns: (details: T) => boolean,
): Promise<T | undefined> {
  try {
    const details = await read;
    return concerns(details) ? details : undefined;
  } catch (error) {
    if (error instanceof Problem && HIDDEN.includes(error.code)) return undefined;
    throw error;
  }
}
