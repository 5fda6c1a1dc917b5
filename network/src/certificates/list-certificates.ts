import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { custodyCertificate } from '../crypto-material/index.js';
import { parseRevocationList } from '../embedded/identity/revocation-list.js';
import { findOrganisation, type Topology } from '../topology/index.js';
import { judge, type CertificatePlace, type CertificateReport } from './certificate-file.js';
import { certificatePlaces } from './places.js';

/** A certificate that has fewer days left is worth a warning. */
export const WARN_DAYS = 30;

/**
 * Every certificate of a home, in the order of `certificatePlaces`: the nodes' and people's, TLS, custody wallets and
 * authorities. One that is missing or cannot be read is in the list, too, as `unreadable`.
 */
export async function listCertificates(
  home: string,
  topology: Topology,
  { now = new Date(), warnDays = WARN_DAYS }: { readonly now?: Date; readonly warnDays?: number } = {},
): Promise<CertificateReport[]> {
  const lists = new Map<string, ReadonlySet<string>>();
  const revokedBy = (file: string): ReadonlySet<string> => {
    const known = lists.get(file) ?? serialsOf(file);
    lists.set(file, known);
    return known;
  };
  const read = (place: CertificatePlace): Promise<string> =>
    place.use === 'custody'
      ? custodyCertificate(home, findOrganisation(topology, place.organisation), place.file)
      : readFile(place.file, 'utf8');
  return Promise.all(
    certificatePlaces(home, topology).map((place) =>
      judge(place, { now, warnDays, revoked: revokedBy(place.revocationList) }, read),
    ),
  );
}

/** Whether something has to be done about it: not where somebody was shut out, as that was meant. */
export function needsAttention({ status, kind }: CertificateReport): boolean {
  if (status === 'revoked') return kind !== 'person' && kind !== 'admin';
  return status !== 'valid';
}

/** Lower case, as certificates' serials are reported. */
function serialsOf(list: string): ReadonlySet<string> {
  if (!existsSync(list)) return new Set();
  const { serialNumbers } = parseRevocationList(readFileSync(list));
  return new Set([...serialNumbers].map((serial) => serial.toLowerCase()));
}
