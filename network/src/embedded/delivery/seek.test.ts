import { orderer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { readSeek } from './seek.js';

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

function seek(start: Parameters<typeof position>[0], stop: Parameters<typeof position>[0]) {
  const info = new orderer.SeekInfo();
  info.setStart(position(start));
  info.setStop(position(stop));
  return readSeek(info.serializeBinary(), HEIGHT);
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

  it('refuses what has no end or start, an end before its start, and noise', () => {
    expect(seek(3, 2)).toBeUndefined();
    expect(readSeek(new orderer.SeekInfo().serializeBinary(), HEIGHT)).toBeUndefined();
    expect(readSeek(Buffer.from('ffff', 'hex'), HEIGHT)).toBeUndefined();
  });
});
