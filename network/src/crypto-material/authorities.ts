import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { makeFolderOnce, type AuthorityPaths } from '../home/index.js';
import { createIssuer } from '../pki/index.js';
import { pemOf } from './people.js';

/** Makes the key and self-signed certificate of one authority, unless they are there. */
export async function ensureAuthority(
  paths: AuthorityPaths,
  kind: 'ca' | 'tlsca',
  owner: { readonly organisation: string; readonly domain: string },
): Promise<void> {
  if (existsSync(paths.folder)) return;
  const { organisation, domain } = owner;
  const issuer = await createIssuer({ commonName: `${kind}.${domain}`, organisation });
  makeFolderOnce(paths.folder, {
    [basename(paths.certificate)]: { content: pemOf(issuer.certificate) },
    [basename(paths.privateKey)]: { content: issuer.privateKeyPem, secret: true },
  });
}
