import { peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { inMemoryStream } from './in-memory-stream.js';

function message(txId: string): peer.ChaincodeMessage {
  const made = new peer.ChaincodeMessage();
  made.setTxid(txId);
  return made;
}

describe('a stream in memory', () => {
  it('hands on in order, and after the writer’s turn', async () => {
    const { peer: peerSide, shim } = inMemoryStream();
    const got: string[] = [];
    peerSide.onMessage((one) => got.push(one.getTxid()));
    shim.write(message('a'));
    shim.write(message('b'));
    expect(got).toEqual([]);
    await Promise.resolve();
    expect(got).toEqual(['a', 'b']);
  });

  it('bears a hundred thousand questions and answers, each asked by the answer before', async () => {
    const { peer: peerSide, shim } = inMemoryStream();
    const last = new Promise<number>((resolve) => {
      let asked = 0;
      peerSide.onMessage((question) => peerSide.write(question));
      shim.on('data', (answer: peer.ChaincodeMessage) => {
        asked += 1;
        if (asked === 100_000) resolve(asked);
        else shim.write(answer);
      });
    });
    shim.write(message('a'));
    expect(await last).toBe(100_000);
  });

  it('ends for both sides, and carries nothing afterwards', async () => {
    const { peer: peerSide, shim } = inMemoryStream();
    const heard: string[] = [];
    shim.on('end', () => heard.push('shim'));
    shim.on('data', () => heard.push('data'));
    peerSide.onEnd(() => heard.push('peer'));
    peerSide.write(message('on its way'));
    peerSide.cancel('closed');
    peerSide.write(message('late'));
    shim.end();
    await Promise.resolve();
    expect(heard).toEqual(['shim', 'peer']);
  });
});
