import type { ConsortiumSummary, NetworkSummary, Summary } from '../consortium/index.js';
import { shorten } from '../consortium/index.js';
import { formatTable } from './output.js';

/** The table that `up` ends with, and two commands to try. */
export function formatSummary(summary: Summary): string {
  const table = summary.use === 'network' ? networkTable(summary) : consortiumTable(summary);
  return `${table}\n\nTry:\n  ${summary.commands.join('\n  ')}`;
}

function networkTable({ organisations, channels }: NetworkSummary): string {
  const rows = organisations.map((organisation) => [
    `${organisation.name} (${organisation.mspId})`,
    organisation.peers.join(', '),
    organisation.ca,
    shorten(organisation.msp),
    shorten(organisation.connectionProfile),
  ]);
  const table = formatTable(['Organisation', 'Peers', 'CA', 'MSP', 'Connection profile'], rows);
  return `${table}\n\nChannels: ${channels.join(', ')}`;
}

function consortiumTable({ organisations }: ConsortiumSummary): string {
  const rows = organisations.map((organisation) => [
    `${organisation.name} (${organisation.kind})`,
    organisation.rest,
    organisation.docs,
    organisation.peer,
    organisation.identities.join(', '),
  ]);
  return formatTable(['Organisation', 'REST', 'API docs', 'Peer', 'Demo identities'], rows);
}
