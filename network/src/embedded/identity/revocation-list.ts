import 'reflect-metadata';
import { verify, type KeyObject } from 'node:crypto';
import { AuthorityKeyIdentifierExtension, X509Crl } from '@peculiar/x509';
import { normalSerial } from './certificate.js';
import { derChildren, readDer } from './der.js';
import { IdentityError } from './identity-error.js';

/** One certificate revocation list. */
export interface RevocationList {
  /** Key id of the CA that issued it, lower-case hex. */
  readonly authorityKeyId: string;
  readonly serialNumbers: ReadonlySet<string>;
  isSignedBy(issuer: KeyObject): boolean;
}

function toDer(file: Buffer): Buffer {
  const match = /-----BEGIN (X509 )?CRL-----([\s\S]+?)-----END/.exec(file.toString('latin1'));
  return match?.[2] === undefined ? file : Buffer.from(match[2], 'base64');
}

/**
 * @param file PEM (`X509 CRL` or `CRL`) or DER.
 * @throws IdentityError for anything else, and for a list without an authority key id (Fabric would shut the
 * whole organisation out for it).
 */
export function parseRevocationList(file: Buffer): RevocationList {
  try {
    const der = toDer(file);
    const [tbs, , signature] = derChildren(readDer(der));
    if (tbs === undefined || signature === undefined) throw new RangeError('not a signed structure');
    const crl = new X509Crl(new Uint8Array(der));
    const keyId = crl.getExtension(AuthorityKeyIdentifierExtension)?.keyId;
    if (keyId === undefined) throw new RangeError('no authority key identifier');
    const signed = Buffer.from(tbs.whole);
    // The first octet of a BIT STRING counts unused bits.
    const bits = Buffer.from(signature.content.subarray(1));
    return {
      authorityKeyId: keyId.toLowerCase(),
      serialNumbers: new Set(crl.entries.map((entry) => normalSerial(entry.serialNumber))),
      isSignedBy: (issuer) => verify('sha256', signed, { key: issuer, dsaEncoding: 'der' }, bits),
    };
  } catch (cause) {
    throw new IdentityError('MSP_FOLDER', `a revocation list cannot be used: ${String(cause)}`, { cause });
  }
}
