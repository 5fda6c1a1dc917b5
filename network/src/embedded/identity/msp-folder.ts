import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseCertificate, pemCertificates, type Certificate } from './certificate.js';
import { IdentityError } from './identity-error.js';
import { parseRevocationList, type RevocationList } from './revocation-list.js';

/** Whom an organisation's membership service takes for its own. */
export interface MspMaterial {
  readonly mspId: string;
  readonly roots: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly admins: readonly Certificate[];
  readonly tlsRoots: readonly string[];
  readonly nodeOus: NodeOus;
}

/** Fabric's MSP folder convention: cacerts, intermediatecerts, admincerts, tlscacerts, crls, config.yaml. */
export interface MspFolder extends MspMaterial {
  readonly dir: string;
}

export interface NodeOu {
  readonly identifier: string;
  /** The CA that has to have issued the certificate; undefined: any of the organisation's. */
  readonly certificate: Certificate | undefined;
}
export interface NodeOus {
  readonly enabled: boolean;
  readonly client?: NodeOu;
  readonly peer?: NodeOu;
  readonly admin?: NodeOu;
  readonly orderer?: NodeOu;
}

const OuIdentifier = z.object({
  Certificate: z.string().optional(),
  OrganizationalUnitIdentifier: z.string().min(1),
});
const MspConfigYaml = z.object({
  NodeOUs: z
    .object({
      Enable: z.boolean(),
      ClientOUIdentifier: OuIdentifier.optional(),
      PeerOUIdentifier: OuIdentifier.optional(),
      AdminOUIdentifier: OuIdentifier.optional(),
      OrdererOUIdentifier: OuIdentifier.optional(),
    })
    .optional(),
});

function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map((name) => join(dir, name))
      .filter((path) => statSync(path).isFile());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function certificatesIn(dir: string): Certificate[] {
  return filesIn(dir).flatMap((path) => pemCertificates(readFileSync(path, 'utf8')).map(parseCertificate));
}

function readNodeOus(dir: string): NodeOus {
  let text: string;
  try {
    text = readFileSync(join(dir, 'config.yaml'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { enabled: false };
    throw error;
  }
  const units = MspConfigYaml.parse(parse(text)).NodeOUs;
  if (units?.Enable !== true) return { enabled: false };
  const unit = (entry: z.infer<typeof OuIdentifier> | undefined): NodeOu | undefined =>
    entry && {
      identifier: entry.OrganizationalUnitIdentifier,
      certificate:
        entry.Certificate === undefined || entry.Certificate === ''
          ? undefined
          : parseCertificate(readFileSync(join(dir, entry.Certificate), 'utf8')),
    };
  return {
    enabled: true,
    client: unit(units.ClientOUIdentifier),
    peer: unit(units.PeerOUIdentifier),
    admin: unit(units.AdminOUIdentifier),
    orderer: unit(units.OrdererOUIdentifier),
  };
}

/** @throws IdentityError (MSP_FOLDER) naming the folder where it is unreadable or holds no CA certificate. */
export function readMspFolder(mspId: string, dir: string): MspFolder {
  try {
    const roots = certificatesIn(join(dir, 'cacerts'));
    if (roots.length === 0) throw new Error('cacerts holds no certificate');
    return {
      mspId,
      dir,
      roots,
      intermediates: certificatesIn(join(dir, 'intermediatecerts')),
      admins: certificatesIn(join(dir, 'admincerts')),
      tlsRoots: filesIn(join(dir, 'tlscacerts')).flatMap((path) =>
        pemCertificates(readFileSync(path, 'utf8')),
      ),
      nodeOus: readNodeOus(dir),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IdentityError('MSP_FOLDER', `MSP folder of ${mspId} (${dir}): ${reason}`, { cause });
  }
}

/** Changes whenever a file of `crls` is added, removed, replaced or rewritten. */
export function revocationFingerprint(dir: string): string {
  return filesIn(join(dir, 'crls'))
    .map((path) => {
      const { mtimeMs, size, ino } = statSync(path);
      return `${path}:${String(mtimeMs)}:${String(size)}:${String(ino)}`;
    })
    .join('|');
}

/** The bytes of the lists, as they go into the channel's configuration. */
export function revocationFiles(dir: string): Buffer[] {
  return filesIn(join(dir, 'crls')).map((path) => readFileSync(path));
}

/** @throws IdentityError where a file is no usable list. */
export function readRevocationLists(dir: string): RevocationList[] {
  return revocationFiles(dir).map(parseRevocationList);
}
