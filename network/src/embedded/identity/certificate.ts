import 'reflect-metadata';
import { createHash, X509Certificate as NodeCertificate, type KeyObject } from 'node:crypto';
import { BasicConstraintsExtension, SubjectKeyIdentifierExtension, X509Certificate } from '@peculiar/x509';
import { curveOf, type Curve } from './ecdsa.js';
import { IdentityError } from './identity-error.js';

/** What the MSP needs of a certificate, read once. */
export interface Certificate {
  readonly pem: string;
  readonly der: Buffer;
  readonly node: NodeCertificate;
  readonly publicKey: KeyObject;
  /** Of the public key's curve. */
  readonly curve: Curve;
  readonly subject: string;
  /** Upper-case hex without leading zeros. */
  readonly serialNumber: string;
  readonly organisationalUnits: readonly string[];
  readonly isAuthority: boolean;
  /** Lower-case hex; undefined where the extension is absent. */
  readonly subjectKeyId: string | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the DER, hex. */
  readonly digest: string;
}

/** @throws IdentityError for bytes that are no PEM certificate with an ECDSA key. */
export function parseCertificate(pem: Uint8Array | string): Certificate {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new IdentityError('MALFORMED_IDENTITY', 'no PEM certificate');
  }
  try {
    const node = new NodeCertificate(text);
    const der = node.raw;
    const parsed = new X509Certificate(new Uint8Array(der));
    const keyId = parsed.getExtension(SubjectKeyIdentifierExtension)?.keyId;
    return {
      pem: text,
      der,
      node,
      publicKey: node.publicKey,
      curve: curveOf(node.publicKey),
      subject: parsed.subject,
      serialNumber: normalSerial(parsed.serialNumber),
      organisationalUnits: parsed.subjectName.getField('OU'),
      isAuthority: parsed.getExtension(BasicConstraintsExtension)?.ca ?? false,
      subjectKeyId: keyId?.toLowerCase(),
      notBefore: parsed.notBefore,
      notAfter: parsed.notAfter,
      digest: createHash('sha256').update(der).digest('hex'),
    };
  } catch (cause) {
    if (cause instanceof IdentityError) throw cause;
    throw new IdentityError('MALFORMED_IDENTITY', 'the certificate cannot be parsed', { cause });
  }
}

/** Serial numbers are compared as numbers: without leading zeros, in one case. */
export function normalSerial(hex: string): string {
  return hex.replace(/^0+(?=.)/, '').toUpperCase();
}

/** True where `issuer` is a CA, is named as the issuer and its key signed `certificate`. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return (
    issuer.isAuthority &&
    certificate.node.checkIssued(issuer.node) &&
    certificate.node.verify(issuer.publicKey)
  );
}

/** Splits a PEM file into its certificates. */
export function pemCertificates(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/g) ?? [];
}
