import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { derFromP1363 } from '../identity/index.js';
import { createSigner } from './signer.js';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** r and s of a DER signature. */
function integers(der: Uint8Array): [bigint, bigint] {
  const read = (at: number): [bigint, number] => {
    const length = der[at + 1] ?? 0;
    return [
      BigInt(`0x${Buffer.from(der.subarray(at + 2, at + 2 + length)).toString('hex')}`),
      at + 2 + length,
    ];
  };
  const [r, next] = read(2);
  return [r, read(next)[0]];
}
const bytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

describe('the OpenSSL signer', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = createSigner(privateKey);

  it('gives DER signatures that verify, always with low s', async () => {
    for (let count = 0; count < 200; count++) {
      const message = Buffer.from(`message ${count}`);
      const signature = await signer(message);
      expect(verify('sha256', message, createPublicKey(privateKey), signature)).toBe(true);
      expect(integers(signature)[1] <= ORDER / 2n).toBe(true);
    }
  });

  it('turns a high s into its low twin', () => {
    const high = Buffer.concat([bytes(5n), bytes(ORDER - 7n)]);
    expect(integers(derFromP1363(high))).toEqual([5n, 7n]);
    const edge = Buffer.concat([bytes(ORDER - 1n), bytes(0x80n)]);
    expect(integers(derFromP1363(edge))).toEqual([ORDER - 1n, 0x80n]);
  });

  it.each([
    ['too short', Buffer.alloc(63, 1)],
    ['zero r', Buffer.concat([bytes(0n), bytes(1n)])],
    ['zero s', Buffer.concat([bytes(1n), bytes(0n)])],
    ['r beyond the order', Buffer.concat([bytes(ORDER), bytes(1n)])],
  ])('refuses %s', (_, raw) => {
    expect(() => derFromP1363(raw)).toThrow(RangeError);
  });
});
