import type { common } from '@hyperledger/fabric-protos';
import { checkSize } from './envelope-filter.js';
import { OrdererError } from './orderer-error.js';

/**
 * Whether an update of the configuration can be applied to what is in force, in Fabric's words.
 * @throws OrdererError BAD_REQUEST
 */
export function checkUpdate(
  update: common.Envelope,
  options: {
    readonly channelId: string;
    batch(): { readonly absoluteMaxBytes: number };
    configure(update: common.Envelope): common.Envelope;
  },
): void {
  let config: common.Envelope;
  try {
    config = options.configure(update);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrdererError(
      'BAD_REQUEST',
      `error applying config update to existing channel '${options.channelId}': ${reason}`,
      { cause },
    );
  }
  try {
    const sizes = { payload: config.getPayload_asU8(), signature: config.getSignature_asU8() };
    checkSize(sizes, options.batch().absoluteMaxBytes);
  } catch (error) {
    if (!(error instanceof OrdererError)) throw error;
    throw error.of('config update for existing channel did not pass final checks');
  }
}
