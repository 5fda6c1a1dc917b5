import 'reflect-metadata';
import { Extension, X509CertificateGenerator } from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

/** Fabric's extension that carries the certificate's attributes. */
const ATTRIBUTE_EXTENSION = '1.2.3.4.5.6.7.8.1';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

let keys: Promise<webcrypto.CryptoKeyPair> | undefined;

/**
 * A certificate in the form the shim's ClientIdentity parses. All share one key pair: the worlds check no
 * signatures, that is the peer's work.
 */
export async function testCertificate(name: string, attributes: Record<string, string>): Promise<string> {
  keys ??= webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}, OU=client`,
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2040-01-01T00:00:00Z'),
    signingAlgorithm: ALGORITHM,
    keys: await keys,
    extensions: [
      new Extension(ATTRIBUTE_EXTENSION, false, Buffer.from(JSON.stringify({ attrs: attributes }))),
    ],
  });
  return certificate.toString('pem');
}
