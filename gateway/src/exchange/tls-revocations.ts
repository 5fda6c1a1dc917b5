import 'reflect-metadata';
import { readFile, stat } from 'node:fs/promises';
import { X509Certificate, X509Crl } from '@peculiar/x509';
import { normalSerial } from '../identity/index.js';
import { ExchangeError } from './exchange-error.js';

/**
 * Serial numbers that an organisation's TLS authority has taken back, as they are now: the same set again while
 * nothing changed. @throws ExchangeError CERTIFICATE_STATUS_UNKNOWN
 */
export type RevokedSerials = () => Promise<ReadonlySet<string>>;

const NONE: ReadonlySet<string> = new Set();
const LIST = /-----BEGIN (?:X509 )?CRL-----([A-Za-z0-9+/=\s]+)-----END (?:X509 )?CRL-----/g;

/**
 * Reads a file of PEM revocation lists, and again when it changes. Lists of other authorities in it are left aside.
 * No file: nothing is revoked, as an authority writes its first list at its first revocation. A file that was there
 * and cannot be read, or that holds no list of this authority, leaves the status unknown. A list whose time has run
 * out still counts for what it names.
 * @param authority PEM of the organisation's TLS authority
 */
export function revokedSerials(file: string, authority: string): RevokedSerials {
  let known: { readonly version: string; readonly serials: ReadonlySet<string> } | undefined;
  return async () => {
    const version = await versionOf(file);
    if (version === undefined && known === undefined) return NONE;
    if (version === undefined || version !== known?.version) {
      known = { version: version ?? '', serials: await readLists(file, authority) };
    }
    return known.serials;
  };
}

async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unknown();
  }
}

async function readLists(file: string, authority: string): Promise<ReadonlySet<string>> {
  const serials = new Set<string>();
  let isListed = false;
  try {
    const publicKey = new X509Certificate(authority);
    for (const [, body = ''] of (await readFile(file, 'latin1')).matchAll(LIST)) {
      const list = new X509Crl(Buffer.from(body, 'base64'));
      if (list.issuer !== publicKey.subject || !(await list.verify({ publicKey }))) continue;
      // Without nextUpdate, which RFC 5280 demands, the parser finds no entries: that is not "nothing is revoked".
      if (list.nextUpdate === undefined) throw unknown();
      isListed = true;
      for (const { serialNumber } of list.entries) serials.add(normalSerial(serialNumber));
    }
  } catch {
    throw unknown();
  }
  if (!isListed) throw unknown();
  return serials;
}

function unknown(): ExchangeError {
  return new ExchangeError('CERTIFICATE_STATUS_UNKNOWN', 'the revocation list cannot be read');
}
