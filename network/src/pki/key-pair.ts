import './provider.js';
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { PublicKey } from '@peculiar/x509';
import { KEY_ALGORITHM } from './provider.js';

export interface KeyPair {
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
}

export async function generateKeyPair(): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { ...keys, privateKeyPem: pem('PRIVATE KEY', der) };
}

/** A key that is to be certified anew. @throws Error where it is no private key in PEM. */
export function keyPairOf(privateKeyPem: string): { publicKey: PublicKey; privateKeyPem: string } {
  const der = createPublicKey(privateKeyPem).export({ format: 'der', type: 'spki' });
  return { publicKey: new PublicKey(der), privateKeyPem };
}

/**
 * A key for issuing, from PKCS#8 or SEC 1 PEM.
 * @throws Error where it is no P-256 private key.
 */
export async function importPrivateKey(privateKeyPem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(privateKeyPem).export({ format: 'der', type: 'pkcs8' });
  return webcrypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign']);
}

/** RFC 7468 text of one DER structure. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
