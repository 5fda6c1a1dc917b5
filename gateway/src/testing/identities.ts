import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Role } from '@medaccord/chaincode/api';
import type { Revocations } from '../identity/index.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const ATTRIBUTES = '1.2.3.4.5.6.7.8.1';
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

export interface TestIdentity {
  readonly subject: string;
  readonly role: Role;
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
  /** PKCS#8 PEM. */
  readonly keyPem: string;
}
export interface IssueOptions {
  readonly role?: Role;
  readonly subject?: string;
  readonly notAfter?: Date;
  /** Instead of role and subject. */
  readonly attributes?: string;
  readonly isCa?: boolean;
}
export interface TestOrganisation {
  readonly issuer: X509Certificate;
  issue(options?: IssueOptions): Promise<TestIdentity>;
}

/** An organisation's CA for one test; certificates as `network` issues them, with Fabric's attribute extension. */
export async function testOrganisation(name = 'hospital-a'): Promise<TestOrganisation> {
  const keys = await newKeys();
  const notBefore = new Date(Date.now() - 3_600_000);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=ca.${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore,
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    issuer: new X509Certificate(root.toString('pem')),
    async issue({
      role = 'doctor',
      subject = randomBytes(16).toString('hex'),
      notAfter,
      attributes,
      isCa,
    } = {}) {
      const own = await newKeys();
      const attrs = attributes ?? JSON.stringify({ attrs: { role, subject } });
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: randomBytes(16).toString('hex'),
        subject: `CN=${role}, OU=client`,
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore,
        notAfter: notAfter ?? new Date(Date.now() + 3_600_000),
        extensions: [
          new x509.BasicConstraintsExtension(isCa ?? false),
          new x509.Extension(ATTRIBUTES, false, Buffer.from(attrs)),
        ],
      });
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      const keyPem = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
      return {
        subject,
        role,
        certificate: certificate.toString('pem'),
        keyPem,
        key: createPrivateKey(keyPem),
      };
    },
  };
}

/** A CRL that a test writes to. */
export function testRevocations(): Revocations & { readonly serials: Set<string> } {
  const serials = new Set<string>();
  return { serials, isRevoked: (serial) => Promise.resolve(serials.has(serial)) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
