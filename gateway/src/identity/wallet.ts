import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Id, Role } from '@medaccord/chaincode/api';
import { compactDecrypt } from 'jose';
import { z } from 'zod';
import { thumbprint } from './certificate.js';

/** A signing identity that the organisation keeps for one of its people. */
export interface WalletIdentity {
  readonly subject: string;
  readonly mspId: string;
  readonly role: Role;
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
  /** `x5t#S256` of the certificate: changes with a renewal. */
  readonly thumbprint: string;
}

/** A wallet file is there but is not what it says, or the key does not open it. */
export class WalletError extends Error {
  override readonly name = 'WalletError';
  readonly code = 'WALLET_UNREADABLE';
}

export interface Wallet {
  /** Undefined: the subject's key is not in custody here. @throws WalletError */
  find(subject: string): Promise<WalletIdentity | undefined>;
}

const Header = z.object({ subject: Id, mspId: z.string(), role: Role });
const Contents = z.object({ certificate: z.string(), privateKey: z.string() });
const MAX_CACHED = 2_000;

/**
 * Opens `<subject>.jwe` files (alg `dir`, enc `A256GCM`). An opened identity is kept in memory until its file
 * changes; the oldest goes when there are too many.
 */
export function openWallet(folder: string, key: Uint8Array): Wallet {
  const cache = new Map<string, { mtimeMs: number; identity: WalletIdentity }>();
  return {
    async find(subject) {
      if (!Id.safeParse(subject).success) return undefined;
      const file = path.join(folder, `${subject}.jwe`);
      const found = await stat(file).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new WalletError(`the wallet entry of ${subject} cannot be read`);
      });
      if (found === undefined) {
        cache.delete(subject);
        return undefined;
      }
      const known = cache.get(subject);
      if (known?.mtimeMs === found.mtimeMs) return known.identity;
      const identity = await unseal(await readFile(file, 'utf8'), subject, key);
      const oldest = cache.keys().next();
      if (cache.size >= MAX_CACHED && oldest.done !== true) cache.delete(oldest.value);
      cache.set(subject, { mtimeMs: found.mtimeMs, identity });
      return identity;
    },
  };
}

async function unseal(jwe: string, subject: string, key: Uint8Array): Promise<WalletIdentity> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(jwe.trim(), key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    const header = Header.parse(protectedHeader);
    const contents = Contents.parse(JSON.parse(Buffer.from(plaintext).toString('utf8')));
    const certificate = new X509Certificate(contents.certificate);
    const privateKey = createPrivateKey(contents.privateKey);
    if (header.subject !== subject) throw new WalletError('the entry belongs to somebody else');
    if (!certificate.checkPrivateKey(privateKey))
      throw new WalletError('key and certificate do not belong together');
    return {
      ...header,
      certificate: contents.certificate,
      key: privateKey,
      thumbprint: thumbprint(certificate.raw),
    };
  } catch (error) {
    // The cause may quote what was decrypted: it is dropped on purpose.
    const reason = error instanceof WalletError ? error.message : 'it does not open with the wallet key';
    throw new WalletError(`the wallet entry of ${subject} is unusable: ${reason}`);
  }
}
