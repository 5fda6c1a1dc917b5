import 'reflect-metadata';
import { createHash, X509Certificate } from 'node:crypto';
import { X509Certificate as ParsedCertificate } from '@peculiar/x509';
import { ATTRIBUTES, Id, Role } from '@medaccord/chaincode/api';
import { z } from 'zod';
import { Problem } from '../errors.js';

const ATTRIBUTE_EXTENSION = '1.2.3.4.5.6.7.8.1';
const Attributes = z.object({ attrs: z.record(z.string(), z.string()) });

/** A certificate of a person or service of this organisation, checked. */
export interface Holder {
  readonly subject: string;
  readonly role: Role;
  readonly certificate: X509Certificate;
  /** Lower-case hex without leading zeros, as CRLs are compared. */
  readonly serial: string;
  /** base64url SHA-256 of the DER: `x5t#S256`. */
  readonly thumbprint: string;
}

/** Says whether a serial number of this organisation's CA is on its CRL. */
export interface Revocations {
  /** @throws Problem CERTIFICATE_STATUS_UNKNOWN where no list could be had. */
  isRevoked(serial: string): Promise<boolean>;
}

const refuse = (detail: string): never => {
  throw new Problem('UNAUTHENTICATED', detail);
};

/**
 * Checks a login certificate: issued by one of the organisation's CA certificates, valid at `now`, on no CRL, an end
 * entity, with a role and a subject in Fabric's attribute extension.
 * @throws Problem UNAUTHENTICATED or CERTIFICATE_REVOKED.
 */
export async function checkHolder(
  source: string | Uint8Array,
  issuers: readonly X509Certificate[],
  revocations: Revocations,
  now: Date,
): Promise<Holder> {
  const certificate = parse(source);
  const issued = issuers.some(
    (issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey),
  );
  if (!issued || certificate.ca) refuse('the certificate is not from this organisation');
  if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo)) {
    refuse('the certificate is not valid now');
  }
  if (certificate.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') refuse('the key is not P-256');
  const holder = {
    ...attributesOf(certificate),
    certificate,
    serial: serialOf(certificate),
    thumbprint: thumbprint(certificate.raw),
  };
  if (await revocations.isRevoked(holder.serial)) {
    throw new Problem('CERTIFICATE_REVOKED', 'the certificate is revoked');
  }
  return holder;
}

/** base64url SHA-256 of a DER certificate (RFC 8705 `x5t#S256`). */
export function thumbprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url');
}

/** Serial numbers differ in leading zeros and case between tools. */
export function normalSerial(hex: string): string {
  return hex
    .toLowerCase()
    .replaceAll(':', '')
    .replace(/^0+(?=.)/, '');
}

function serialOf(certificate: X509Certificate): string {
  return normalSerial(certificate.serialNumber);
}

function parse(source: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(source);
  } catch {
    return refuse('the certificate cannot be read');
  }
}

function attributesOf(certificate: X509Certificate): { subject: string; role: Role } {
  let attrs: Record<string, string> = {};
  try {
    const extension = new ParsedCertificate(certificate.raw).getExtension(ATTRIBUTE_EXTENSION);
    if (extension !== null) {
      attrs = Attributes.parse(JSON.parse(Buffer.from(extension.value).toString('utf8'))).attrs;
    }
  } catch {
    return refuse('the certificate has malformed attributes');
  }
  const role = Role.safeParse(attrs[ATTRIBUTES.role]);
  const subject = Id.safeParse(attrs[ATTRIBUTES.subject]);
  if (!role.success || !subject.success) return refuse('the certificate names no role or subject');
  return { subject: subject.data, role: role.data };
}
