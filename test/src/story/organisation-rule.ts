import { createHash } from 'node:crypto';

/**
 * The one rule that maps the many organisations of the bundles to the few of the topology: sort the topology's
 * hospitals and labs by name, take the first 32 bits of the SHA-256 of the FHIR identifier, modulo their number.
 * The same identifier gives the same organisation in every run, whatever else is loaded.
 */
export function organisationFor(identifier: string, careOrganisations: readonly string[]): string {
  const sorted = [...careOrganisations].sort();
  const index = createHash('sha256').update(identifier).digest().readUInt32BE(0) % sorted.length;
  const name = sorted[index];
  if (name === undefined) throw new RangeError('the topology has no hospital and no lab');
  return name;
}
