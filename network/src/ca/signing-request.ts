import '../pki/provider.js';
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension, type PublicKey } from '@peculiar/x509';
import { CaError } from './ca-error.js';

/** What the authority takes from a CSR; everything else of its subject is the authority's to say. */
export interface SigningRequest {
  readonly commonName: string;
  readonly publicKey: PublicKey;
  /** DNS names and IP addresses asked for. */
  readonly hosts: readonly string[];
}

const ALTERNATIVE_NAMES = '2.5.29.17';
const PEM =
  /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (?:NEW )?CERTIFICATE REQUEST-----/;

/**
 * Reads a PKCS#10 request and checks that its sender holds the key.
 * @throws CaError CSR_INVALID
 */
export async function readSigningRequest(pem: string): Promise<SigningRequest> {
  const match = PEM.exec(pem);
  if (match?.[1] === undefined) throw invalid('it is no PEM certificate request');
  let request: Pkcs10CertificateRequest;
  let proven: boolean;
  try {
    request = new Pkcs10CertificateRequest(Buffer.from(match[1], 'base64'));
    proven = isP256(request.publicKey) && (await request.verify());
  } catch (cause) {
    throw invalid('it cannot be decoded', cause);
  }
  if (!isP256(request.publicKey)) throw invalid('its key is not ECDSA on P-256');
  if (!proven) throw invalid('its signature does not match its key');
  const names = request.subjectName.getField('CN');
  if (names.length !== 1 || names[0] === undefined) throw invalid('it needs exactly one common name');
  const extension = request.getExtension(ALTERNATIVE_NAMES);
  const alternatives = extension === null ? [] : alternativeNames(extension.rawData);
  return {
    commonName: names[0],
    publicKey: request.publicKey,
    hosts: alternatives.filter(({ type }) => type === 'dns' || type === 'ip').map(({ value }) => value),
  };
}

function alternativeNames(extension: ArrayBuffer) {
  try {
    return new SubjectAlternativeNameExtension(extension).names.items;
  } catch (cause) {
    throw invalid('its alternative names cannot be decoded', cause);
  }
}

function isP256(key: PublicKey): boolean {
  const { name, namedCurve } = key.algorithm as { name: string; namedCurve?: string };
  return (name === 'ECDSA' || name === 'ECDH') && namedCurve === 'P-256';
}

function invalid(reason: string, cause?: unknown): CaError {
  return new CaError('CSR_INVALID', `The certificate signing request is refused: ${reason}`, { cause });
}
