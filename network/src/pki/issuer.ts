import './provider.js';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
  type JsonName,
} from '@peculiar/x509';
import { attributeExtension, type Attributes } from './attribute-extension.js';
import { generateKeyPair, importPrivateKey } from './key-pair.js';
import { SIGNING_ALGORITHM } from './provider.js';
import { isLowS } from './signature.js';

/** A certificate authority's certificate and key. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
  /** Subject key id of the certificate, lower-case hex: the authority key id of all it issues. */
  readonly keyId: string;
}

export interface SubjectName {
  readonly commonName: string;
  readonly organisation: string;
  /** Fabric's node OU: client, peer, admin or orderer. */
  readonly unit?: string;
}

const DAY = 86_400_000;
const CA_DAYS = 3650;
/** Clocks of other machines may be a little behind. */
const BACKDATE_MS = 5 * 60_000;

/** A new self-signed authority that may sign certificates and revocation lists, and nothing below it another authority. */
export async function createIssuer(name: SubjectName): Promise<Issuer & { readonly privateKeyPem: string }> {
  const { publicKey, privateKey, privateKeyPem } = await generateKeyPair();
  const keyId = keyIdOf(new PublicKey(await exportPublicKey(publicKey)));
  const notBefore = new Date(Date.now() - BACKDATE_MS);
  const subject = distinguishedName(name);
  const usages = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  const certificate = await withLowS(() =>
    X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject,
      issuer: subject,
      notBefore,
      notAfter: new Date(notBefore.getTime() + CA_DAYS * DAY),
      publicKey,
      signingKey: privateKey,
      signingAlgorithm: SIGNING_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(usages, true),
        new SubjectKeyIdentifierExtension(keyId),
      ],
    }),
  );
  return { certificate, privateKey, keyId, privateKeyPem };
}

/** @throws Error where a file is missing or holds something else. */
export async function readIssuer(certificateFile: string, keyFile: string): Promise<Issuer> {
  const certificate = new X509Certificate(readFileSync(certificateFile, 'utf8'));
  const keyId = certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (keyId === undefined)
    throw new Error(`${certificateFile} has no subject key id, so Fabric would refuse it`);
  return {
    certificate,
    privateKey: await importPrivateKey(readFileSync(keyFile, 'utf8')),
    keyId: keyId.toLowerCase(),
  };
}

export interface IssueRequest {
  readonly subject: SubjectName;
  readonly publicKey: PublicKey | webcrypto.CryptoKey;
  readonly days: number;
}

/** A signing identity: no SAN, no extended usage; Fabric's attributes where there are any. */
export function issueIdentity(
  issuer: Issuer,
  request: IssueRequest & { readonly attributes?: Attributes },
): Promise<X509Certificate> {
  return issue(issuer, request, [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ...(request.attributes === undefined ? [] : [attributeExtension(request.attributes)]),
  ]);
}

/** A TLS certificate. With `hosts` it serves (and connects); without, it only connects. */
export function issueTls(
  issuer: Issuer,
  request: IssueRequest & { readonly hosts: readonly string[] },
): Promise<X509Certificate> {
  const serves = request.hosts.length > 0;
  const usages = [ExtendedKeyUsage.clientAuth, ...(serves ? [ExtendedKeyUsage.serverAuth] : [])];
  return issue(issuer, request, [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement, true),
    new ExtendedKeyUsageExtension(usages),
    ...(serves ? [alternativeNames(request.hosts)] : []),
  ]);
}

async function issue(
  issuer: Issuer,
  request: IssueRequest,
  extensions: Extension[],
): Promise<X509Certificate> {
  const publicKey =
    request.publicKey instanceof PublicKey
      ? request.publicKey
      : new PublicKey(await exportPublicKey(request.publicKey));
  const notBefore = new Date(Date.now() - BACKDATE_MS);
  const wanted = new Date(Date.now() + request.days * DAY);
  const keyId = keyIdOf(publicKey);
  return withLowS(() =>
    X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: distinguishedName(request.subject),
      issuer: issuer.certificate.subjectName,
      notBefore: notBefore < issuer.certificate.notBefore ? issuer.certificate.notBefore : notBefore,
      notAfter: wanted > issuer.certificate.notAfter ? issuer.certificate.notAfter : wanted,
      publicKey,
      signingKey: issuer.privateKey,
      signingAlgorithm: SIGNING_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        ...extensions,
        new SubjectKeyIdentifierExtension(keyId),
        new AuthorityKeyIdentifierExtension(issuer.keyId),
      ],
    }),
  );
}

function alternativeNames(hosts: readonly string[]): Extension {
  const isAddress = (host: string) => /^[\d.]+$/.test(host) || host.includes(':');
  return new SubjectAlternativeNameExtension(
    hosts.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value })),
  );
}

function distinguishedName(name: SubjectName): JsonName {
  const unit = name.unit === undefined ? [] : [{ OU: [name.unit] }];
  return [{ O: [name.organisation] }, ...unit, { CN: [name.commonName] }];
}

/** 127 random bits without a leading zero, so that every tool prints the same hex. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

async function exportPublicKey(key: webcrypto.CryptoKey): Promise<ArrayBuffer> {
  return webcrypto.subtle.exportKey('spki', key);
}

/** As Fabric's crypto provider has it: SHA-256 of the uncompressed point, which ends a P-256 SubjectPublicKeyInfo. */
function keyIdOf(key: PublicKey): string {
  return createHash('sha256').update(Buffer.from(key.rawData).subarray(-65)).digest('hex');
}

/** Fabric rewrites certificates whose signature has a high S, and then hashes differ: sign until it is low. */
async function withLowS(create: () => Promise<X509Certificate>): Promise<X509Certificate> {
  for (;;) {
    const certificate = await create();
    if (isLowS(Buffer.from(certificate.signature))) return certificate;
  }
}
