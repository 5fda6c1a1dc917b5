import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:tls';
import type { ProcessLine } from '../consortium/index.js';
import { readGatewaySecrets } from '../crypto-material/index.js';
import { organisationPaths } from '../home/index.js';
import { checkDatabases } from '../postgres/index.js';
import type { ConsortiumOrganisation, Organisation } from '../topology/index.js';
import { fault, reasonOf, warning, type Finding } from './finding.js';

const ANSWER_MS = 5_000;
/** Transactions are refused from fifteen minutes on. */
const CLOCK_SKEW_MS = 60_000;
const RESTARTS = 3;

/** What the supervisor says of its processes. */
export function checkProcesses(lines: readonly ProcessLine[]): Finding[] {
  return lines
    .filter(({ name }) => name !== 'supervisor')
    .flatMap(({ name, status, restarts }) => {
      const log = `See its log: medaccord logs ${name}`;
      if (status === 'stopped') {
        return [
          fault(
            'processes',
            name,
            'it was stopped',
            `Start it: medaccord peer start ${name}, or medaccord down and up`,
          ),
        ];
      }
      if (status !== 'ready') return [fault('processes', name, `it is ${status}`, log)];
      if (restarts < RESTARTS) return [];
      return [warning('processes', name, `it was started again ${restarts} times`, log)];
    });
}

/** The organisation's authority: without it nobody is let in a day after it went. */
export async function checkAuthority(home: string, organisation: Organisation): Promise<Finding[]> {
  const { name, ca } = organisation;
  try {
    await handshake(ca.port, organisationPaths(home, organisation).tlsCa.certificate);
    return [];
  } catch (error) {
    const what = `the authority does not answer: ${reasonOf(error)}`;
    return [fault('authorities', `localhost:${ca.port}`, what, `See its log: medaccord logs ca-${name}`)];
  }
}

/** Each gateway's own word on its parts, and its clock. */
export async function checkGateway(
  home: string,
  organisation: ConsortiumOrganisation,
  now = () => Date.now(),
): Promise<Finding[]> {
  const { name, gateway } = organisation;
  const where = `gateway-${name}`;
  const log = `See its log: medaccord logs ${where}`;
  try {
    const { status, body, date } = await readiness(
      gateway.rest,
      organisationPaths(home, organisation).tlsCa.certificate,
    );
    const skew = Math.abs(date - now());
    const clock =
      skew < CLOCK_SKEW_MS
        ? []
        : [
            fault(
              'clock',
              where,
              `its clock is ${Math.round(skew / 1000)} s off this machine's`,
              'Keep both by NTP.',
            ),
          ];
    if (status === 200) return clock;
    const parts = Object.entries((JSON.parse(body) as { parts?: object }).parts ?? {}).map((part) =>
      part.join(': '),
    );
    return [...clock, fault('gateways', where, `it is not ready (${parts.join(', ')})`, log)];
  } catch (error) {
    return [fault('gateways', where, `it does not answer: ${reasonOf(error)}`, log)];
  }
}

/** The gateway's database, as the gateway reaches it. */
export async function checkDatabase(home: string, organisation: ConsortiumOrganisation): Promise<Finding[]> {
  const { secrets } = organisationPaths(home, organisation).gateway;
  const where = `the database of ${organisation.name}`;
  if (!existsSync(secrets)) {
    return [
      fault(
        'databases',
        where,
        `${secrets} is missing`,
        'Restore it from a backup: without it no record opens.',
      ),
    ];
  }
  const { databaseUrl: url } = readGatewaySecrets(home, organisation);
  if (url === undefined)
    return [fault('databases', where, 'its address is not known', 'medaccord up writes it.')];
  try {
    await checkDatabases([{ organisation: organisation.name, url }]);
    return [];
  } catch (error) {
    const hint = 'See medaccord logs postgres; a server of your own has to have the role and the database.';
    return [fault('databases', where, reasonOf(error), hint)];
  }
}

function handshake(port: number, caFile: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: 'localhost', port, ca: readFileSync(caFile) });
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.destroy();
      resolve();
    });
  });
}

function readiness(port: number, caFile: string): Promise<{ status: number; body: string; date: number }> {
  return new Promise((resolve, reject) => {
    const options = {
      host: 'localhost',
      port,
      path: '/readyz',
      ca: readFileSync(caFile),
      timeout: ANSWER_MS,
    };
    const call = get(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, date: Date.parse(response.headers.date ?? '') }),
      );
    });
    call.on('timeout', () => call.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)));
    call.on('error', reject);
  });
}
