import { orderer } from '@hyperledger/fabric-protos';

const { SeekInfo, SeekPosition } = orderer;

/** Blocks a client asks for: from `start` to `stop`, both included; no stop: for ever. */
export interface Seek {
  readonly start: number;
  readonly stop: number;
  readonly failIfNotReady: boolean;
  /** Header and metadata alone. */
  readonly headersOnly: boolean;
}

/**
 * Reads a SeekInfo at the ledger's present height.
 * @param firstBlock The first that is, or will be, here.
 * @returns undefined for one that makes no sense: no start or stop, or a stop before its start.
 */
export function readSeek(bytes: Uint8Array, height: number, firstBlock = 0): Seek | undefined {
  let info: orderer.SeekInfo;
  try {
    info = SeekInfo.deserializeBinary(bytes);
  } catch {
    return undefined;
  }
  const start = position(info.getStart(), height, firstBlock);
  const stopAt = info.getStop();
  if (start === undefined || stopAt === undefined) return undefined;
  let stop = position(stopAt, height, firstBlock);
  if (stop === undefined) return undefined;
  // "Oldest" as the end means the first block that is sent.
  if (stopAt.getTypeCase() === SeekPosition.TypeCase.OLDEST) stop = start;
  if (stop < start) {
    if (stopAt.getTypeCase() === SeekPosition.TypeCase.SPECIFIED) return undefined;
    // Fabric never meets such an end and goes on for ever.
    stop = Number.MAX_SAFE_INTEGER;
  }
  return {
    start,
    stop,
    failIfNotReady: info.getBehavior() === SeekInfo.SeekBehavior.FAIL_IF_NOT_READY,
    headersOnly: info.getContentType() === SeekInfo.SeekContentType.HEADER_WITH_SIG,
  };
}

function position(
  at: orderer.SeekPosition | undefined,
  height: number,
  firstBlock: number,
): number | undefined {
  switch (at?.getTypeCase()) {
    case SeekPosition.TypeCase.OLDEST:
      return 0;
    case SeekPosition.TypeCase.NEWEST:
      return Math.max(firstBlock, height - 1);
    case SeekPosition.TypeCase.NEXT_COMMIT:
      return height;
    case SeekPosition.TypeCase.SPECIFIED:
      // A number over 2^53 ("for ever" in most clients) loses digits here, which does not matter.
      return at.getSpecified()?.getNumber() ?? 0;
    default:
      return undefined;
  }
}
