import 'reflect-metadata';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { caRevocations } from './revocation-list.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

async function crl(...serials: string[]): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const list = await x509.X509CrlGenerator.create({
    issuer: 'CN=ca',
    thisUpdate: new Date(),
    nextUpdate: new Date(Date.now() + 3_600_000),
    signingAlgorithm: ALGORITHM,
    signingKey: keys.privateKey,
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date() })),
  });
  return list.toString('pem').replaceAll('CRL', 'X509 CRL');
}

describe('the revocation list', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const source = { url: 'https://localhost:1', caName: 'ca', tlsCa: '', certificate: '', key: privateKey };
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => vi.useRealTimers());

  it('is fetched once for many askers, and anew when it is stale', async () => {
    const fetchCrl = vi.fn(() => crl('0abc01'));
    const revocations = caRevocations(source, fetchCrl);
    expect(await Promise.all([revocations.isRevoked('abc01'), revocations.isRevoked('abc02')])).toEqual([
      true,
      false,
    ]);
    expect(fetchCrl).toHaveBeenCalledOnce();
    fetchCrl.mockImplementation(() => crl('0abc01', '0abc02'));
    expect(await revocations.isRevoked('abc02')).toBe(false);
    vi.setSystemTime(Date.now() + 1_001);
    expect(await revocations.isRevoked('abc02')).toBe(true);
  });

  it('counts on while the CA is away, but not for ever; without one nobody gets in', async () => {
    const away = () => Promise.reject(new Error('away'));
    await expect(caRevocations(source, away).isRevoked('1')).rejects.toMatchObject({
      code: 'CERTIFICATE_STATUS_UNKNOWN',
    });
    const fetchCrl = vi.fn(() => crl('01'));
    const revocations = caRevocations(source, fetchCrl);
    await revocations.isRevoked('1');
    fetchCrl.mockImplementation(away);
    vi.setSystemTime(Date.now() + 60_000);
    expect(await revocations.isRevoked('1')).toBe(true);
    vi.setSystemTime(Date.now() + 3_600_000);
    await expect(revocations.isRevoked('1')).rejects.toMatchObject({ code: 'CERTIFICATE_STATUS_UNKNOWN' });
  });
});
