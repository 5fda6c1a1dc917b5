import type { Summary } from '../consortium/index.js';
import { formatTable } from './output.js';

/** The table that `up` ends with, and two commands to try. */
export function formatSummary(summary: Summary): string {
  const rows = summary.organisations.map((organisation) => [
    `${organisation.name} (${organisation.kind})`,
    organisation.rest,
    organisation.docs,
    organisation.peer,
    organisation.identities.join(', '),
  ]);
  const table = formatTable(['Organisation', 'REST', 'API docs', 'Peer', 'Demo identities'], rows);
  return `${table}\n\nTry:\n  ${summary.commands.join('\n  ')}`;
}
