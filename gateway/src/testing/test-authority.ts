import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Hex. */
  readonly serial: string;
}
export interface TestAuthority {
  /** PEM. */
  readonly certificate: string;
  /** For `localhost` and the host of this name. */
  issue(name: string, uses: readonly ('server' | 'client')[]): Promise<TestCertificate>;
  /** A revocation list, PEM. */
  revoke(serials: readonly string[]): Promise<string>;
}

/** A certificate authority for one test. */
export async function testAuthority(name: string): Promise<TestAuthority> {
  const keys = await newKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificate: root.toString('pem'),
    async issue(subject, uses) {
      const own = await newKeys();
      const usages = uses.map((use) => (use === 'server' ? SERVER_AUTH : CLIENT_AUTH));
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: randomBytes(16).toString('hex'),
        subject: `CN=${subject}`,
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...validity(),
        extensions: [
          new x509.ExtendedKeyUsageExtension(usages),
          new x509.SubjectAlternativeNameExtension(
            ['localhost', subject].map((value) => ({ type: 'dns', value })),
          ),
        ],
      });
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      return {
        certificate: certificate.toString('pem'),
        key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
        serial: certificate.serialNumber,
      };
    },
    async revoke(serials) {
      const list = await x509.X509CrlGenerator.create({
        issuer: root.subject,
        thisUpdate: new Date(),
        nextUpdate: validity().notAfter,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date() })),
      });
      return x509.PemConverter.encode(list.rawData, 'X509 CRL');
    },
  };
}

function validity() {
  const now = Date.now();
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + 3_600_000) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
