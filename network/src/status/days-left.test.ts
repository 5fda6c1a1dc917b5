import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIssuer, generateKeyPair, issueIdentity } from '../pki/index.js';
import { daysLeft } from './days-left.js';

const DAY_MS = 86_400_000;

let folder: string;
let short: string;
let long: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'days-left-'));
  const issuer = await createIssuer({ commonName: 'ca', organisation: 'a' });
  const { publicKey } = await generateKeyPair();
  const file = async (days: number): Promise<string> => {
    const subject = { commonName: 'peer0', organisation: 'a' };
    const certificate = await issueIdentity(issuer, { subject, publicKey, days });
    const path = join(folder, `${days}.pem`);
    writeFileSync(path, certificate.toString('pem'));
    return path;
  };
  [short, long] = [await file(20), await file(400)];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the days that a node’s certificates have left', () => {
  it('are those of the one that expires first, in whole days', () => {
    expect(daysLeft([long])).toBe(399);
    expect(daysLeft([long, short])).toBe(19);
  });

  it('are below 0 once it has expired', () => {
    expect(daysLeft([short, long], Date.now() + 21 * DAY_MS)).toBe(-2);
  });

  it('are not known where there is no certificate', () => {
    expect(daysLeft([join(folder, 'none.pem')])).toBeUndefined();
    expect(daysLeft([join(folder, 'none.pem'), short])).toBe(19);
  });
});
