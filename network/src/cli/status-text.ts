import type { ProcessLine } from '../consortium/index.js';
import type { NodeReport } from '../status/index.js';
import { formatTable } from './output.js';
import type { Status } from './status-report.js';

const NOTHING = '–';
/** A certificate with fewer days left is marked. */
const FEW_DAYS = 30;

/** What `status` prints for people. */
export function statusText({ home, phase, started, processes, nodes, ...status }: Status): string {
  const { ledgerHeight, memoryBytes, disk } = status;
  const heads = ['Process', 'Status', 'PID', 'Port', 'Up', 'Restarts', 'Memory'];
  return [
    `${home}: ${phase} since ${started}\n`,
    formatTable(heads, processes.map(processRow)),
    ...(nodes.length === 0 ? [] : ['', formatTable(NODE_HEADS, nodes.map(nodeRow))]),
    `\nMemory together: ${megabytes(memoryBytes)}`,
    `Disk: ${megabytes(disk.homeBytes)} in the home folder, ${megabytes(disk.freeBytes)} free`,
    ...(ledgerHeight === undefined ? [] : [`Ledger height: ${ledgerHeight} blocks`]),
  ].join('\n');
}

const NODE_HEADS = ['Node', 'Health', 'Height', 'Leads', 'Certificates', 'Chaincode', 'Disk'];

/** One node's cells, in the order of the heads. */
export function nodeRow(node: NodeReport): string[] {
  const { name, health, heights, leads, certificateDays, chaincodes, diskBytes } = node;
  const committed = Object.values(chaincodes ?? {}).flatMap((ofChannel) =>
    ofChannel.map((one) => `${one.name} ${one.version} (${one.sequence})`),
  );
  return [
    name,
    health ?? NOTHING,
    listed(Object.entries(heights ?? {}).map(([channel, height]) => `${channel} ${height}`)),
    listed(leads ?? []),
    certificateDays === undefined ? NOTHING : expiry(certificateDays),
    listed([...new Set(committed)]),
    diskBytes === undefined ? NOTHING : megabytes(diskBytes),
  ];
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? NOTHING : words.join(', ');
}

function expiry(days: number): string {
  if (days < 0) return 'EXPIRED';
  return days < FEW_DAYS ? `${days} d!` : `${days} d`;
}

function processRow(line: ProcessLine): string[] {
  return [
    line.name,
    line.status,
    String(line.pid ?? NOTHING),
    String(line.port ?? NOTHING),
    line.uptimeSeconds === undefined ? NOTHING : duration(line.uptimeSeconds),
    String(line.restarts),
    line.memoryBytes === undefined ? NOTHING : megabytes(line.memoryBytes),
  ];
}

function megabytes(bytes: number): string {
  if (bytes > 0 && bytes < 500_000) return '< 1 MB';
  return bytes < 10_000_000_000 ? `${Math.round(bytes / 1_000_000)} MB` : `${Math.round(bytes / 1e9)} GB`;
}

/** The two largest units: `3 d 4 h`, `5 min 2 s`. */
function duration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) return '0 s';
  let rest = seconds;
  return units
    .slice(first, first + 2)
    .map(([size, unit]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return `${count} ${unit}`;
    })
    .join(' ');
}
