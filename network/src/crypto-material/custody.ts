import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactDecrypt, CompactEncrypt } from 'jose';
import { z } from 'zod';
import type { CertificateAuthority } from '../ca/certificate-authority.js';
import type { RegisteredIdentity } from '../ca/registry.js';
import { CodedError } from '../coded-error.js';
import { organisationPaths } from '../home/index.js';
import { generateKeyPair } from '../pki/index.js';
import { writeDurably } from '../process/index.js';
import { describeIdentity, pemOf } from './people.js';

/** `secrets.json` of one gateway. Keys: base64url of 32 bytes; tokenKey: PKCS#8 PEM of an ES256 key. */
export const GatewaySecrets = z.object({
  walletKey: z.string(),
  vaultKey: z.string(),
  tokenKey: z.string(),
  databaseUrl: z.string().optional(),
});
export type GatewaySecrets = z.infer<typeof GatewaySecrets>;

/** @throws CodedError GATEWAY_SECRETS_MISSING where the consortium was never brought up. */
export function readGatewaySecrets(
  home: string,
  organisation: { name: string; domain: string },
): GatewaySecrets {
  const file = organisationPaths(home, organisation).gateway.secrets;
  if (!existsSync(file)) {
    throw new CodedError('GATEWAY_SECRETS_MISSING', `the gateway of ${organisation.name} has no ${file}`, {
      hint: 'medaccord up makes it',
    });
  }
  return GatewaySecrets.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export function walletEntry(
  home: string,
  organisation: { name: string; domain: string },
  subject: string,
): string {
  return join(organisationPaths(home, organisation).gateway.wallet, `${subject}.jwe`);
}

/**
 * Puts a second enrolment of somebody into the gateway's custody wallet: a key of its own, so that the login key
 * never leaves its owner. Replaces an older entry.
 */
export async function writeCustody(
  home: string,
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
  days?: number,
): Promise<void> {
  const { organisation } = authority;
  const { subject, mspId, role } = describeIdentity(authority, identity);
  const walletKey = Buffer.from(readGatewaySecrets(home, organisation).walletKey, 'base64url');
  const keys = await generateKeyPair();
  const certificate = await authority.issue(identity.id, keys.publicKey, { days });
  const plaintext = JSON.stringify({ certificate: pemOf(certificate), privateKey: keys.privateKeyPem });
  const sealed = await new CompactEncrypt(Buffer.from(plaintext))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', subject, mspId, role })
    .encrypt(walletKey);
  writeDurably(walletEntry(home, organisation, subject), `${sealed}\n`, 0o600);
}

/**
 * PEM of the certificate in a wallet entry.
 * @throws Error where the entry is missing, or not sealed with this gateway's wallet key.
 */
export async function custodyCertificate(
  home: string,
  organisation: { name: string; domain: string },
  entry: string,
): Promise<string> {
  const walletKey = Buffer.from(readGatewaySecrets(home, organisation).walletKey, 'base64url');
  const { plaintext } = await compactDecrypt(readFileSync(entry, 'utf8').trim(), walletKey);
  return z.object({ certificate: z.string() }).parse(JSON.parse(Buffer.from(plaintext).toString('utf8')))
    .certificate;
}
