import './provider.js';
import {
  AuthorityKeyIdentifierExtension,
  Extension,
  X509CrlGenerator,
  type X509CrlReason,
} from '@peculiar/x509';
import type { Issuer } from './issuer.js';
import { pem } from './key-pair.js';
import { SIGNING_ALGORITHM } from './provider.js';

export interface Revocation {
  /** Lower-case hex. */
  readonly serial: string;
  readonly revokedAt: Date;
  readonly reason: X509CrlReason;
}

const CRL_NUMBER = '2.5.29.20';
const YEAR = 365 * 86_400_000;

/**
 * A list of all revocations, as PEM with the label `X509 CRL` and the authority's key id: Fabric takes no other,
 * and one without the key id would shut the whole organisation out.
 * @param number grows with every list of this authority
 */
export async function createRevocationList(
  issuer: Issuer,
  revocations: readonly Revocation[],
  number: number,
): Promise<string> {
  const list = await X509CrlGenerator.create({
    issuer: issuer.certificate.subjectName,
    thisUpdate: new Date(),
    nextUpdate: new Date(Date.now() + YEAR),
    signingAlgorithm: SIGNING_ALGORITHM,
    signingKey: issuer.privateKey,
    entries: revocations.map(({ serial, revokedAt, reason }) => ({
      serialNumber: serial,
      revocationDate: revokedAt,
      reason,
    })),
    extensions: [
      new AuthorityKeyIdentifierExtension(issuer.keyId),
      new Extension(CRL_NUMBER, false, integer(number)),
    ],
  });
  return pem('X509 CRL', new Uint8Array(list.rawData));
}

/** DER of a non-negative INTEGER. */
function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(0x02, content.length), content]);
}
