import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { CodedError } from '../coded-error.js';

/** A certificate with its key, as it travels between machines. All PEM; the key PKCS#8, not encrypted. */
export interface Bundle {
  readonly certificate: string;
  readonly privateKey: string;
  /** The authority's certificates, where the bundle has them. */
  readonly chain: readonly string[];
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----\n?/g;

/** Certificate, chain and key one after the other; the key encrypted (PBES2, AES-256) where there is a password. */
export function formatPem(bundle: Bundle, password?: string): string {
  const key = createPrivateKey(bundle.privateKey);
  const text =
    password === undefined
      ? key.export({ type: 'pkcs8', format: 'pem' })
      : key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password });
  return [text, bundle.certificate, ...bundle.chain].map((block) => `${String(block).trim()}\n`).join('');
}

/**
 * Reads PEM with one private key and certificates in any order.
 * @throws CodedError BUNDLE_UNREADABLE, PASSWORD_WRONG
 */
export function readPem(text: string, password: string | undefined): Bundle {
  const blocks = [...text.matchAll(BLOCK)].map(([block, label]) => ({ block, label: label ?? '' }));
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [only] = keys;
  if (only === undefined || keys.length > 1)
    throw unreadable(`it holds ${keys.length} private keys, not one`);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: only.block, passphrase: password ?? '' });
  } catch (cause) {
    const encrypted = only.label.startsWith('ENCRYPTED') || only.block.includes('ENCRYPTED');
    throw encrypted ? wrongPassword(cause) : unreadable('its private key cannot be read', cause);
  }
  const certificates = blocks.filter(({ label }) => label.endsWith('CERTIFICATE')).map(({ block }) => block);
  return matching(key, certificates);
}

/**
 * Pairs a key with its certificate among several.
 * @throws CodedError BUNDLE_UNREADABLE where none matches.
 */
export function matching(key: KeyObject, certificates: readonly string[]): Bundle {
  const parsed = certificates.map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw unreadable('one of its certificates cannot be read', cause);
    }
  });
  const own = parsed.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) throw unreadable('no certificate of it belongs to its private key');
  return {
    certificate: own.toString(),
    privateKey: String(key.export({ type: 'pkcs8', format: 'pem' })),
    chain: parsed.filter((certificate) => certificate !== own).map(String),
  };
}

export function unreadable(reason: string, cause?: unknown): CodedError {
  return new CodedError('BUNDLE_UNREADABLE', `the bundle cannot be used: ${reason}`, { cause });
}

export function wrongPassword(cause?: unknown): CodedError {
  return new CodedError('PASSWORD_WRONG', 'the password does not open the bundle', {
    hint: 'give it with --password-file FILE (its first line)',
    cause,
  });
}
