import { orderer } from '@hyperledger/fabric-protos';

const { SeekInfo, SeekPosition } = orderer;

/** Blocks a client asks for: from `start` to `stop`, both included; a stop before the start: for ever. */
export interface Seek {
  readonly start: number;
  readonly stop: number;
  readonly failIfNotReady: boolean;
  /** Header and metadata alone. */
  readonly headersOnly: boolean;
}

/** What a ledger has. */
export interface Extent {
  /** Number of blocks, those included that are not here. */
  readonly height: number;
  /** The first that is, or will be, here: a ledger that was begun from a snapshot lacks those before. */
  readonly firstBlock: number;
}

/** @returns undefined for what is no SeekInfo. */
export function decodeSeek(bytes: Uint8Array): orderer.SeekInfo | undefined {
  try {
    return SeekInfo.deserializeBinary(bytes);
  } catch {
    return undefined;
  }
}

/**
 * What is asked for, at the ledger's present height, by the rules of Fabric's delivery.
 * @returns the name of the status where it is refused: without start or stop, or with a stop before its start
 * (BAD_REQUEST), from a block that is not here any more, or lies beyond the next (NOT_FOUND).
 */
export function resolveSeek(info: orderer.SeekInfo, extent: Extent): Seek | 'BAD_REQUEST' | 'NOT_FOUND' {
  const startAt = info.getStart();
  const stopAt = info.getStop();
  if (startAt === undefined || stopAt === undefined) return 'BAD_REQUEST';
  const start = startOf(startAt, extent);
  if (start === undefined || start < extent.firstBlock) return 'NOT_FOUND';
  const stop = stopOf(stopAt, start, startAt, extent);
  if (stopAt.getTypeCase() === SeekPosition.TypeCase.SPECIFIED && stop < start) return 'BAD_REQUEST';
  return {
    start,
    stop,
    failIfNotReady: info.getBehavior() === SeekInfo.SeekBehavior.FAIL_IF_NOT_READY,
    headersOnly: info.getContentType() === SeekInfo.SeekContentType.HEADER_WITH_SIG,
  };
}

function startOf(at: orderer.SeekPosition, { height, firstBlock }: Extent): number | undefined {
  switch (at.getTypeCase()) {
    case SeekPosition.TypeCase.OLDEST:
      return 0;
    case SeekPosition.TypeCase.NEWEST:
      return Math.max(firstBlock, height - 1);
    case SeekPosition.TypeCase.NEXT_COMMIT:
      return height;
    case SeekPosition.TypeCase.SPECIFIED: {
      const number = specified(at);
      return number > height ? undefined : number;
    }
    case SeekPosition.TypeCase.TYPE_NOT_SET:
      return undefined;
  }
}

function stopOf(
  at: orderer.SeekPosition,
  start: number,
  startAt: orderer.SeekPosition,
  { height }: Extent,
): number {
  const { TypeCase } = SeekPosition;
  switch (at.getTypeCase()) {
    case TypeCase.OLDEST:
      return start;
    case TypeCase.NEWEST:
      // One block, though others may come meanwhile.
      return startAt.getTypeCase() === TypeCase.NEWEST ? start : height - 1;
    case TypeCase.SPECIFIED:
      return specified(at);
    case TypeCase.NEXT_COMMIT:
    case TypeCase.TYPE_NOT_SET:
      // Fabric takes them for block 0, which only a delivery that starts there ever meets.
      return 0;
  }
}

/** A number over 2^53 ("for ever" in most clients) loses digits here, which does not matter. */
function specified(at: orderer.SeekPosition): number {
  return at.getSpecified()?.getNumber() ?? 0;
}
