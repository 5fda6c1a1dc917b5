import { orderer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { decodeSeek, resolveSeek } from './seek.js';

const HEIGHT = 5;

function position(at: 'oldest' | 'newest' | 'next' | number): orderer.SeekPosition {
  const message = new orderer.SeekPosition();
  if (at === 'oldest') message.setOldest(new orderer.SeekOldest());
  else if (at === 'newest') message.setNewest(new orderer.SeekNewest());
  else if (at === 'next') message.setNextCommit(new orderer.SeekNextCommit());
  else {
    const specified = new orderer.SeekSpecified();
    specified.setNumber(at);
    message.setSpecified(specified);
  }
  return message;
}

function seek(
  start: Parameters<typeof position>[0],
  stop: Parameters<typeof position>[0],
  firstBlock = 0,
): ReturnType<typeof resolveSeek> {
  const info = new orderer.SeekInfo();
  info.setStart(position(start));
  info.setStop(position(stop));
  return resolveSeek(info, { height: HEIGHT, firstBlock });
}

describe('seek', () => {
  it('takes all kinds of positions', () => {
    expect(seek('oldest', 'newest')).toMatchObject({ start: 0, stop: 4 });
    expect(seek('oldest', 'oldest')).toMatchObject({ start: 0, stop: 0 });
    expect(seek('newest', 'newest')).toMatchObject({ start: 4, stop: 4 });
    expect(seek('next', 7)).toMatchObject({ start: 5, stop: 7 });
    expect(seek(2, 3)).toMatchObject({ start: 2, stop: 3, failIfNotReady: false, headersOnly: false });
    expect(seek(3, 'oldest')).toMatchObject({ start: 3, stop: 3 });
  });

  it('never ends where the newest was before the start, or the end is the next', () => {
    expect(seek('next', 'newest')).toMatchObject({ start: 5, stop: 4 });
    expect(seek(2, 'next')).toMatchObject({ start: 2, stop: 0 });
    expect(seek(0, 'next')).toMatchObject({ start: 0, stop: 0 });
  });

  it('refuses what has no end or start, an end before its start, and noise', () => {
    expect(seek(3, 2)).toBe('BAD_REQUEST');
    expect(resolveSeek(new orderer.SeekInfo(), { height: HEIGHT, firstBlock: 0 })).toBe('BAD_REQUEST');
    expect(decodeSeek(Buffer.from('ffff', 'hex'))).toBeUndefined();
  });

  it('does not find a start beyond the next block, nor one that is nowhere', () => {
    expect(seek(5, 9)).toMatchObject({ start: 5 });
    expect(seek(6, 9)).toBe('NOT_FOUND');
    const info = new orderer.SeekInfo();
    info.setStart(new orderer.SeekPosition());
    info.setStop(position('newest'));
    expect(resolveSeek(info, { height: HEIGHT, firstBlock: 0 })).toBe('NOT_FOUND');
  });

  it('does not find what came before the snapshot that the ledger was begun from', () => {
    for (const start of ['oldest', 0, 2] as const) expect(seek(start, 'newest', 3)).toBe('NOT_FOUND');
    expect(seek(2, 1, 3)).toBe('NOT_FOUND');
    expect(seek(3, 4, 3)).toMatchObject({ start: 3, stop: 4 });
    expect(seek('newest', 'newest', 3)).toMatchObject({ start: 4, stop: 4 });
    // None of its own yet.
    expect(seek('newest', 'newest', HEIGHT)).toMatchObject({ start: 5, stop: 5 });
    expect(seek('next', 'newest', HEIGHT)).toMatchObject({ start: 5, stop: 4 });
  });
});
