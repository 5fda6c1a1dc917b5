import { statfs } from 'node:fs/promises';
import { needsAttention, listCertificates, type CertificateReport } from '../certificates/index.js';
import { portsOf, requireFreePorts, type EngineName } from '../consortium/index.js';
import { ownServerFile } from '../home/index.js';
import type { Topology } from '../topology/index.js';
import { existsSync } from 'node:fs';
import { fault, reasonOf, warning, type Finding } from './finding.js';

/** Below this an embedded ledger soon takes nothing more, and PostgreSQL stops. */
export const LEAST_FREE_BYTES = 2 * 1024 ** 3;

/** Room on the home's disk. @throws nothing: a disk that cannot be asked is a finding. */
export async function checkDisk(home: string, leastFree = LEAST_FREE_BYTES): Promise<Finding[]> {
  const { bavail, bsize, ffree, files } = await statfs(home);
  const free = bavail * bsize;
  const hint =
    'Make room: old snapshots and backups in the home, logs of other programs; or move the home to a larger disk.';
  if (free < leastFree / 10) return [fault('disk', home, `${megabytes(free)} are left`, hint)];
  if (free < leastFree) return [warning('disk', home, `${megabytes(free)} are left`, hint)];
  if (files > 0 && ffree < 1000) return [fault('disk', home, `${ffree} more files can be made`, hint)];
  return [];
}

/** Ports that the next `up` needs and another program has. For a home that does not run. */
export async function checkPorts(home: string, topology: Topology, engine: EngineName): Promise<Finding[]> {
  const needed = portsOf(topology, engine, existsSync(ownServerFile(home)));
  const checked = await Promise.all(
    needed.map(async (port) => {
      try {
        await requireFreePorts([port]);
        return [];
      } catch {
        const what = `port ${port.port} (${port.use}) is used by another program`;
        return [
          fault(
            'ports',
            `localhost:${port.port}`,
            what,
            'Stop that program, or move the consortium: medaccord up --port-offset 100',
          ),
        ];
      }
    }),
  );
  return checked.flat();
}

/**
 * Certificates that have expired, expire soon, are revoked or cannot be read. That one begins in the future means that
 * this machine's clock has gone back since it was made, or another machine's goes ahead.
 */
export async function checkCertificates(
  home: string,
  topology: Topology,
  now = new Date(),
): Promise<Finding[]> {
  const reports = (await listCertificates(home, topology, { now })).filter(needsAttention);
  const early = reports.filter(({ status }) => status === 'not-yet-valid');
  const [youngest] = early.toSorted((one, other) =>
    (other.notBefore ?? '').localeCompare(one.notBefore ?? ''),
  );
  const clock =
    youngest === undefined
      ? []
      : [
          fault(
            'clock',
            'this machine',
            `it is ${now.toISOString()}, and ${early.length} certificates begin later (${youngest.name}: ${youngest.notBefore ?? ''})`,
            'Set the clock, and keep it by NTP: transactions more than 15 minutes off are refused.',
          ),
        ];
  return [...clock, ...reports.filter((report) => !early.includes(report)).map(ofCertificate)];
}

function ofCertificate(report: CertificateReport): Finding {
  const {
    organisation,
    name,
    use,
    status,
    daysLeft = 0,
    notAfter = '',
    renewedAs,
    file,
    problem = '',
  } = report;
  const where = `${name} of ${organisation} (${use})`;
  const renew =
    renewedAs === undefined
      ? 'An authority is not renewed by a command: plan its successor with all organisations.'
      : `medaccord identity renew --org ${organisation} --name ${renewedAs}`;
  switch (status) {
    case 'expired':
      return fault('certificates', where, `it expired on ${notAfter}`, renew);
    case 'expiring':
      return warning('certificates', where, `it expires in ${daysLeft} days, on ${notAfter}`, renew);
    case 'revoked':
      return fault('certificates', where, 'it is revoked', renew);
    default:
      return fault(
        'certificates',
        where,
        `${file} cannot be read: ${reasonOf(problem)}`,
        `Restore it from a backup, or: ${renew}`,
      );
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000)} MB`;
}
