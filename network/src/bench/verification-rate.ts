import { generateKeyPairSync, sign, verify } from 'node:crypto';

const MESSAGE_BYTES = 1_000;
const AT_ONCE = 50;

/**
 * ECDSA P-256 verifications a second on one core, by node:crypto: what the speed of this machine is told in. The best
 * of some short runs, as other work only ever makes a run slower.
 */
export function verificationsPerSecond(runs = 5, millisecondsEach = 200): number {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = Buffer.alloc(MESSAGE_BYTES, 7);
  const signature = sign('sha256', message, privateKey);
  const rates = Array.from({ length: runs }, () => {
    const begin = performance.now();
    let count = 0;
    while (performance.now() - begin < millisecondsEach) {
      for (let number = 0; number < AT_ONCE; number += 1) verify('sha256', message, publicKey, signature);
      count += AT_ONCE;
    }
    return (count * 1_000) / (performance.now() - begin);
  });
  return Math.max(...rates);
}
