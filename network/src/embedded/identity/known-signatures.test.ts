import { describe, expect, it } from 'vitest';
import { KnownSignatures } from './known-signatures.js';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('a remembered signature', () => {
  it('is good for one look at the same bytes', () => {
    const known = new KnownSignatures();
    known.remember(bytes('message'), bytes('signature'));
    expect(known.take(bytes('message'), bytes('signature'))).toBe(true);
    expect(known.take(bytes('message'), bytes('signature'))).toBe(false);
  });

  it('says nothing of other bytes, and stays for the right ones', () => {
    const known = new KnownSignatures();
    known.remember(bytes('message'), bytes('signature'));
    expect(known.take(bytes('another'), bytes('signature'))).toBe(false);
    expect(known.take(bytes('message'), bytes('another'))).toBe(false);
    expect(known.take(bytes('message'), bytes('signature'))).toBe(true);
  });

  it('is found in any view of its bytes', () => {
    const known = new KnownSignatures();
    const whole = bytes('..signature..');
    known.remember(bytes('message'), whole.subarray(2, 11));
    expect(known.take(bytes('message'), new Uint8Array(bytes('signature')))).toBe(true);
  });
});
