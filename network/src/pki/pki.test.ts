import './provider.js';
import { X509Certificate as NodeCertificate, createPrivateKey } from 'node:crypto';
import { X509Crl } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import {
  createIssuer,
  createRevocationList,
  generateKeyPair,
  isLowS,
  issueIdentity,
  issueTls,
  readAttributes,
} from './index.js';

const organisation = 'hospital-a';

describe('issuer', () => {
  it('makes an authority that Fabric accepts: CA, low S, its own key id', async () => {
    const issuer = await createIssuer({ commonName: 'ca.hospital-a.example', organisation });
    const certificate = new NodeCertificate(issuer.certificate.toString('pem'));
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('O=hospital-a\nCN=ca.hospital-a.example');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(issuer.privateKeyPem))).toBe(true);
    expect(isLowS(Buffer.from(issuer.certificate.signature))).toBe(true);
  });

  it('issues identities with node OU and attributes, never past its own end', async () => {
    const issuer = await createIssuer({ commonName: 'ca', organisation });
    const { publicKey } = await generateKeyPair();
    for (let round = 0; round < 8; round += 1) {
      const issued = await issueIdentity(issuer, {
        subject: { commonName: 'doctor', organisation, unit: 'client' },
        publicKey,
        days: 100_000,
        attributes: { role: 'doctor' },
      });
      const certificate = new NodeCertificate(issued.toString('pem'));
      expect(certificate.checkIssued(new NodeCertificate(issuer.certificate.toString('pem')))).toBe(true);
      expect(certificate.verify(new NodeCertificate(issuer.certificate.toString('pem')).publicKey)).toBe(
        true,
      );
      expect(certificate.subject).toBe('O=hospital-a\nOU=client\nCN=doctor');
      expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
      expect(issued.notAfter).toEqual(issuer.certificate.notAfter);
      expect(readAttributes(issued)).toEqual({ role: 'doctor' });
      expect(isLowS(Buffer.from(issued.signature))).toBe(true);
    }
  });

  it('issues TLS certificates that name their hosts', async () => {
    const issuer = await createIssuer({ commonName: 'tlsca', organisation });
    const { publicKey } = await generateKeyPair();
    const hosts = ['peer0.hospital-a.example', 'localhost', '127.0.0.1', '::1'];
    const subject = { commonName: hosts[0] ?? '', organisation };
    const server = new NodeCertificate(
      (await issueTls(issuer, { subject, publicKey, days: 1, hosts })).toString('pem'),
    );
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
    const client = new NodeCertificate(
      (await issueTls(issuer, { subject, publicKey, days: 1, hosts: [] })).toString('pem'),
    );
    expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(client.checkHost('localhost')).toBeUndefined();
  });
});

describe('revocation list', () => {
  it('has the label, key id and number that Fabric and openssl read', async () => {
    const issuer = await createIssuer({ commonName: 'ca', organisation });
    const text = await createRevocationList(
      issuer,
      [{ serial: '4abc', revokedAt: new Date(), reason: 1 }],
      300,
    );
    expect(text).toMatch(/^-----BEGIN X509 CRL-----\n/);
    const list = new X509Crl(text);
    expect(await list.verify({ publicKey: issuer.certificate.publicKey })).toBe(true);
    expect(list.entries.map(({ serialNumber, reason }) => [serialNumber, reason])).toEqual([['4abc', 1]]);
    expect(Buffer.from(list.getExtension('2.5.29.20')?.value ?? new ArrayBuffer(0)).toString('hex')).toBe(
      '0202012c',
    );
    expect(list.nextUpdate?.getTime()).toBeGreaterThan(Date.now());
  });
});
