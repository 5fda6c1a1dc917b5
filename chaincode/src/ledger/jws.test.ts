import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson, parseError } from '../api/index.js';
import { deviceKey } from '../testing/index.js';
import { readStatement, verifyStatement } from './jws.js';

const TYP = 'test+jws';
const Shape = z.strictObject({ a: z.number(), b: z.string().optional() });
const device = deviceKey();
const header = (change: object = {}) =>
  JSON.stringify({ alg: 'ES256', kid: device.kid, typ: TYP, ...change });
const good = device.sign(TYP, { a: 1 });
const parts = good.split('.') as [string, string, string];
/** Order of P-256 (FIPS 186-4, D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function verdict(jws: string, key = device): string {
  try {
    verifyStatement(readStatement(jws, TYP, Shape), key.jwk);
    return 'verified';
  } catch (error) {
    return parseError((error as Error).message)?.code ?? String(error);
  }
}

function withSignature(change: (signature: Buffer) => Buffer): string {
  const signature = change(Buffer.from(parts[2], 'base64url'));
  return `${parts[0]}.${parts[1]}.${signature.toString('base64url')}`;
}

describe('a signed statement', () => {
  it('verifies, with the members of the header in any order', () => {
    expect(verdict(good)).toBe('verified');
    const { kid } = device;
    expect(verdict(device.signRaw(JSON.stringify({ typ: TYP, kid, alg: 'ES256' }), '{"a":1}'))).toBe(
      'verified',
    );
  });

  it('verifies with a high S too, as WebCrypto signs: ids are single-use, so a twin of a signature gains nothing', () => {
    const twin = withSignature((signature) => {
      const s = ORDER - BigInt(`0x${signature.subarray(32).toString('hex')}`);
      return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
    });
    expect(twin).not.toBe(good);
    expect(verdict(twin)).toBe('verified');
  });

  it.each<[string, string]>([
    ['alg none', device.signRaw(header({ alg: 'none' }), '{"a":1}')],
    ['alg HS256', device.signRaw(header({ alg: 'HS256' }), '{"a":1}')],
    ['another typ', device.signRaw(header({ typ: 'other+jws' }), '{"a":1}')],
    ['a kid that is no thumbprint', device.signRaw(header({ kid: 'me' }), '{"a":1}')],
    ['a member more', device.signRaw(header({ crit: ['b64'] }), '{"a":1}')],
    ['an embedded key', device.signRaw(header({ jwk: device.jwk }), '{"a":1}')],
    ['a member less', device.signRaw(JSON.stringify({ alg: 'ES256', typ: TYP }), '{"a":1}')],
    ['a member twice', device.signRaw(`${header().slice(0, -1)},"alg":"ES256"}`, '{"a":1}')],
    ['spaces in the header', device.signRaw(header().replace(':', ': '), '{"a":1}')],
    ['a header that is no JSON', device.signRaw('nothing', '{"a":1}')],
    ['a header that is null', device.signRaw('null', '{"a":1}')],
    ['a payload in another order', device.signRaw(header(), '{"b":"x","a":1}')],
    ['a payload with spaces', device.signRaw(header(), '{"a": 1}')],
    ['a payload with a number written otherwise', device.signRaw(header(), '{"a":1.0}')],
    ['a payload with a byte order mark', device.signRaw(header(), '\ufeff{"a":1}')],
    ['no signature', `${parts[0]}.${parts[1]}.AA`],
    [
      'another signature',
      withSignature((bytes) => Buffer.from(bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte)))),
    ],
    ['a signature of zeros', withSignature(() => Buffer.alloc(64))],
    ['a DER signature', withSignature((bytes) => Buffer.concat([Buffer.from('3044', 'hex'), bytes]))],
    [
      'stray bits in the base64url',
      `${parts[0]}.${parts[1]}.${parts[2].slice(0, -1)}${parts[2].endsWith('A') ? 'B' : 'A'}`,
    ],
    ['another payload', `${parts[0]}.${Buffer.from('{"a":2}').toString('base64url')}.${parts[2]}`],
    ['two parts', `${parts[0]}.${parts[1]}`],
  ])('is refused with %s', (_, jws) => {
    expect(['SIGNATURE_INVALID', 'INVALID_ARGUMENT']).toContain(verdict(jws));
  });

  it('is refused under another key, and for a payload of another shape', () => {
    expect(verdict(good, deviceKey())).toBe('SIGNATURE_INVALID');
    expect(verdict(device.sign(TYP, { a: 'text' }))).toBe('INVALID_ARGUMENT');
    expect(verdict(device.sign(TYP, { a: 1, c: 1 }))).toBe('INVALID_ARGUMENT');
    expect(verdict(device.signRaw(header(), 'no JSON'))).toBe('INVALID_ARGUMENT');
  });

  it('repeats nothing of a payload in its refusal', () => {
    const secret = 'jane-doe';
    for (const payload of [{ a: secret }, { a: 1, [secret]: 1 }, secret]) {
      let message = '';
      try {
        readStatement(device.signRaw(header(), canonicalJson(payload)), TYP, Shape);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toContain('INVALID_ARGUMENT');
      expect(message).not.toContain(secret);
    }
  });
});
