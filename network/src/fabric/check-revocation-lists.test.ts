import '../pki/index.js';
import { X509CrlGenerator } from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { createIssuer, createRevocationList, pem, type Issuer } from '../pki/index.js';
import { requireUsableLists } from './check-revocation-lists.js';

let issuer: Issuer;
let authority: string;
beforeAll(async () => {
  issuer = await createIssuer({ commonName: 'ca.a', organisation: 'a' });
  authority = issuer.certificate.toString('pem');
});

const listOf = async (serials: readonly string[], by = issuer): Promise<Buffer> => {
  const revocations = serials.map((serial) => ({ serial, revokedAt: new Date(), reason: 0 }));
  return Buffer.from(await createRevocationList(by, revocations, serials.length));
};
const problem = (lists: readonly Uint8Array[], published: readonly Uint8Array[] = []): string => {
  try {
    requireUsableLists(lists, authority, published);
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'REVOCATION_LIST_UNUSABLE' });
    return (error as Error).message;
  }
};

describe('a revocation list that is to be published', () => {
  it('is taken where the authority made it, and names all that was revoked before', async () => {
    expect(problem([await listOf(['0a', '0b'])], [await listOf(['0a'])])).toBe('none');
    expect(problem([])).toBe('none');
  });

  it('is refused without the authority’s key id, which would shut the whole organisation out', async () => {
    const list = await X509CrlGenerator.create({
      issuer: issuer.certificate.subjectName,
      thisUpdate: new Date(),
      nextUpdate: new Date(Date.now() + 60_000),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      signingKey: issuer.privateKey,
      entries: [{ serialNumber: '0a', revocationDate: new Date() }],
    });
    const text = Buffer.from(pem('X509 CRL', new Uint8Array(list.rawData)));
    expect(problem([text])).toContain('no authority key identifier');
  });

  it('is refused with another label, twice in one file, or cut off', async () => {
    const good = (await listOf(['0a'])).toString();
    expect(problem([Buffer.from(good.replaceAll('X509 CRL', 'CRL'))])).toContain('label X509 CRL');
    expect(problem([Buffer.from(good + good)])).toContain('one PEM block');
    expect(problem([Buffer.from(good.slice(0, 80) + good.slice(-30))])).toContain('not published');
  });

  it('is refused from another authority, and where it lets somebody in again', async () => {
    const stranger = await createIssuer({ commonName: 'ca.a', organisation: 'a' });
    expect(problem([await listOf(['0a'], stranger)])).toContain('did not sign it');
    expect(problem([await listOf(['0b'])], [await listOf(['0a'])])).toContain(
      'lacks what is revoked already: A',
    );
    expect(problem([], [await listOf(['0a'])])).toContain('lacks');
  });
});
