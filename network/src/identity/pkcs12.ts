import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { pem } from '../pki/index.js';
import { matching, unreadable, wrongPassword, type Bundle } from './bundle.js';

const { asn1, pki } = forge;
const { CONTEXT_SPECIFIC, UNIVERSAL } = asn1.Class;
const { INTEGER, NULL, OCTETSTRING, OID, SEQUENCE, SET, BMPSTRING } = asn1.Type;
type Node = forge.asn1.Asn1;

/** OpenSSL's own default is 2,048; the library counts in JavaScript, so not many more. */
const ITERATIONS = 10_000;
const OIDS = {
  data: '1.2.840.113549.1.7.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

/**
 * A PKCS#12 file (RFC 7292): key encrypted with PBES2 (AES-256, HMAC-SHA256), certificates as they are, and a
 * SHA-256 MAC over all. node-forge's own writer knows RSA keys alone, so the bags are put together here.
 * @param password printable ASCII
 */
export function writePkcs12(bundle: Bundle, password: string, name: string): Buffer {
  const certificate = new X509Certificate(bundle.certificate);
  const keyId = createHash('sha1').update(certificate.raw).digest();
  const attributes = bagAttributes(name, keyId);
  const key = createPrivateKey(bundle.privateKey).export({ type: 'pkcs8', format: 'der' });
  const shrouded = pki.encryptPrivateKeyInfo(asn1.fromDer(binary(key)), password, {
    algorithm: 'aes256',
    count: ITERATIONS,
    saltSize: 16,
    prfAlgorithm: 'sha256',
  });
  const others = bundle.chain.map((text) => certificateBag(new X509Certificate(text).raw));
  const safes = sequence(
    dataContent(sequence(bag(OIDS.shroudedKeyBag, shrouded, attributes))),
    dataContent(sequence(certificateBag(certificate.raw, attributes), ...others)),
  );
  const authenticated = asn1.toDer(safes).getBytes();
  const version = asn1.create(UNIVERSAL, INTEGER, false, asn1.integerToDer(3).getBytes());
  const file = sequence(version, content(OIDS.data, octets(authenticated)), mac(authenticated, password));
  return Buffer.from(asn1.toDer(file).getBytes(), 'binary');
}

/**
 * @throws CodedError BUNDLE_UNREADABLE, PASSWORD_WRONG
 */
export function readPkcs12(bytes: Buffer, password: string): Bundle {
  let file: forge.pkcs12.Pkcs12Pfx;
  try {
    file = forge.pkcs12.pkcs12FromAsn1(asn1.fromDer(binary(bytes)), false, password);
  } catch (cause) {
    // The library tells a wrong password from a broken file by its text alone.
    const message = cause instanceof Error ? cause.message : '';
    throw /password|MAC/i.test(message)
      ? wrongPassword()
      : unreadable('it is no PKCS#12 file that can be read', cause);
  }
  const bags = file.safeContents.flatMap(({ safeBags }) => safeBags);
  const keys = bags.filter(({ type }) => type === OIDS.shroudedKeyBag || type === pki.oids['keyBag']);
  const [key] = keys;
  if (key === undefined || keys.length > 1) throw unreadable(`it holds ${keys.length} private keys, not one`);
  const certificates = bags.filter(({ type }) => type === OIDS.certificateBag).map(toCertificatePem);
  return matching(toPrivateKey(key), certificates);
}

/** The library leaves an elliptic-curve key as it was decoded, and turns an RSA key into an object. */
function toPrivateKey(found: forge.pkcs12.Bag): KeyObject {
  if (found.key) throw unreadable('its key is RSA, not ECDSA on P-256');
  try {
    const der = Buffer.from(asn1.toDer(found.asn1).getBytes(), 'binary');
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw unreadable('its private key cannot be read', cause);
  }
}

function toCertificatePem(found: forge.pkcs12.Bag): string {
  const node = found.cert ? pki.certificateToAsn1(found.cert) : found.asn1;
  return pem('CERTIFICATE', Buffer.from(asn1.toDer(node).getBytes(), 'binary'));
}

function certificateBag(der: Buffer, attributes?: Node): Node {
  const value = sequence(objectId(OIDS.x509Certificate), explicit(octets(binary(der))));
  return bag(OIDS.certificateBag, value, attributes);
}

function bag(type: string, value: Node, attributes?: Node): Node {
  return sequence(objectId(type), explicit(value), ...(attributes === undefined ? [] : [attributes]));
}

function bagAttributes(name: string, keyId: Buffer): Node {
  // The library writes a BMPString two bytes a character by itself.
  const friendlyName = asn1.create(UNIVERSAL, BMPSTRING, false, name);
  return asn1.create(UNIVERSAL, SET, true, [
    sequence(objectId(OIDS.friendlyName), asn1.create(UNIVERSAL, SET, true, [friendlyName])),
    sequence(objectId(OIDS.localKeyId), asn1.create(UNIVERSAL, SET, true, [octets(binary(keyId))])),
  ]);
}

/** MacData: HMAC-SHA256 under a key from PKCS#12's own derivation (RFC 7292, appendix B). */
function mac(authenticated: string, password: string): Node {
  const salt = forge.random.getBytesSync(16);
  const digest = forge.md.sha256.create();
  const key = forge.pkcs12.generateKey(password, forge.util.createBuffer(salt), 3, ITERATIONS, 32, digest);
  const hmac = forge.hmac.create();
  hmac.start(forge.md.sha256.create(), key);
  hmac.update(authenticated);
  const algorithm = sequence(objectId(OIDS.sha256), asn1.create(UNIVERSAL, NULL, false, ''));
  return sequence(
    sequence(algorithm, octets(hmac.getMac().getBytes())),
    octets(salt),
    asn1.create(UNIVERSAL, INTEGER, false, asn1.integerToDer(ITERATIONS).getBytes()),
  );
}

function dataContent(safeContents: Node): Node {
  return content(OIDS.data, octets(asn1.toDer(safeContents).getBytes()));
}

function content(type: string, value: Node): Node {
  return sequence(objectId(type), explicit(value));
}

function sequence(...items: Node[]): Node {
  return asn1.create(UNIVERSAL, SEQUENCE, true, items);
}

function explicit(item: Node): Node {
  return asn1.create(CONTEXT_SPECIFIC, asn1.Type.NONE, true, [item]);
}

function objectId(oid: string): Node {
  return asn1.create(UNIVERSAL, OID, false, asn1.oidToDer(oid).getBytes());
}

function octets(bytes: string): Node {
  return asn1.create(UNIVERSAL, OCTETSTRING, false, bytes);
}

function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('binary');
}
