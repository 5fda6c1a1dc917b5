import { X509Certificate } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Consortium, medaccordJson, onChannel, wipeConsortium } from '../consortium/index.js';
import { ENGINES_HERE } from '../consortium/engines.js';
import { lostAt } from '../features/given/kept.js';
import { RegistrationLoad } from '../features/given/load.js';
import { newId } from '../features/given/ids.js';
import { approvedPractitioner, issuedIdentity } from '../features/given/practitioner.js';
import { RestDoor, jsonOf } from '../features/given/rest-call.js';
import { askToken, plainToken } from '../features/given/token.js';

const HOSPITALS = ['hospital-a', 'hospital-b'];
/** What a revoked certificate may still do, and how long. */
const OUT_WITHIN_MS = 10_000;

interface Renewal {
  readonly certificates: readonly string[];
  readonly restarts?: string;
  readonly channels: readonly string[];
  readonly changesChannels: boolean;
}

/** Organisation, name for commands, port. */
type Server = [organisation: string, name: string, port: number];

describe.each(ENGINES_HERE)('certificates of a consortium that runs (%s)', (engine) => {
  let consortium: Consortium;
  beforeAll(async () => {
    const home = join(inject('consortia'), `certificates-${engine}`);
    consortium = await Consortium.start(home, undefined, '--engine', engine);
  });
  afterAll(async () => {
    await consortium.disconnect();
    await wipeConsortium(consortium.home);
  });

  const renew = (organisation: string, name: string, ...more: string[]) =>
    medaccordJson<Renewal>(
      ...['identity', 'renew', '--org', organisation, '--name', name, '--home', consortium.home, ...more],
    );
  /** Of the certificate that a server shows. */
  async function shownAt(port: number): Promise<string> {
    const socket = connect({ host: 'localhost', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }
  const inFile = (file = '') => new X509Certificate(readFileSync(file)).fingerprint256;
  const pids = async () =>
    Object.fromEntries((await consortium.processes()).map(({ name, pid }) => [name, pid]));

  it('that is revoked is out everywhere within 10 s: login, token, stream, evaluate, endorse', async () => {
    const leaver = await approvedPractitioner(consortium, 'hospital-a', 'doctor');
    const { baseUrl, ca } = await consortium.gateway('hospital-a');
    const door = new RestDoor({ baseUrl, ca });
    const token = await plainToken(door, leaver);
    const stream = await leaver.api.send(new Request(`${baseUrl}/v1/events`));
    expect(stream.status).toBe(200);
    const direct = (at: string) =>
      onChannel(consortium, { organisation: 'hospital-a', user: leaver.name, at }, (network) =>
        network
          .getContract('medaccord')
          .evaluate('consent:get', { arguments: [JSON.stringify({ id: newId() })] }),
      );
    const endorse = (at: string) =>
      onChannel(consortium, { organisation: 'hospital-a', user: leaver.name, at }, (network) =>
        network
          .getContract('medaccord')
          .newProposal('consent:get', { arguments: [JSON.stringify({ id: newId() })] })
          .endorse(),
      );
    const told = async (work: Promise<unknown>): Promise<string> => {
      const error: unknown = await work.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      const { details = [], message = '' } = (error ?? {}) as {
        details?: { message: string }[];
        message?: string;
      };
      return [message, ...details.map((detail) => detail.message)].join(' ');
    };
    expect(await told(direct('hospital-a'))).toContain('NOT_FOUND');
    expect(await told(endorse('hospital-a'))).toContain('NOT_FOUND');

    const plan = await medaccordJson<{ serials: string[]; restarts: string[] }>(
      ...['identity', 'revoke', '--org', 'hospital-a', '--name', leaver.name, '--dry-run'],
      ...['--home', consortium.home],
    );
    expect(plan).toMatchObject({ restarts: [] });
    expect(plan.serials).toHaveLength(2);
    expect(
      (await door.ask({ method: 'GET', path: '/v1/me', headers: { authorization: `Bearer ${token}` } }))
        .status,
    ).toBe(200);

    const done = await medaccordJson<{ serials: string[] }>(
      ...['identity', 'revoke', '--org', 'hospital-a', '--name', leaver.name, '--home', consortium.home],
    );
    expect(done.serials.toSorted()).toEqual(plan.serials.toSorted());
    const from = Date.now();
    await stream.text();
    await vi.waitFor(
      async () => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await door.ask({ method: 'GET', path: '/v1/me', headers });
        expect(jsonOf(answer)).toMatchObject({ status: 401, code: 'CERTIFICATE_REVOKED' });
        expect(jsonOf(await askToken(door, leaver))).toMatchObject({ code: 'CERTIFICATE_REVOKED' });
        for (const at of ['hospital-a', 'hospital-b', 'insurer-a', 'lab-a']) {
          expect(await told(direct(at))).toContain('access denied');
          expect(await told(endorse(at))).toMatch(/access denied|creator/);
        }
      },
      { timeout: OUT_WITHIN_MS, interval: 100 },
    );
    expect(Date.now() - from).toBeLessThan(OUT_WITHIN_MS);
    leaver.api.close();
    door.close();
  });

  it.runIf(engine === 'fabric')(
    'of an admin that is revoked is out of the peers’ own questions, too',
    async () => {
      const leaver = await issuedIdentity(consortium, 'hospital-b', 'admin', 'second-admin', 'client');
      const variables = await medaccordJson<Record<string, string>>(
        ...['peer', 'env', 'peer0.hospital-b', '--as', leaver.name, '--home', consortium.home],
      );
      const folder = join(consortium.home, 'fabric', 'peers');
      const domain = consortium.organisation('hospital-b').domain;
      const installed = () =>
        spawnSync(
          join(process.env['FABRIC_BIN'] ?? '', 'peer'),
          ['lifecycle', 'chaincode', 'queryinstalled'],
          {
            env: { ...process.env, ...variables, FABRIC_CFG_PATH: join(folder, `peer0.${domain}`) },
            encoding: 'utf8',
          },
        );
      expect(installed().stdout).toContain('medaccord');
      const done = await medaccordJson<{ restarted: string[] }>(
        ...['identity', 'revoke', '--org', 'hospital-b', '--name', leaver.name, '--home', consortium.home],
      );
      expect(done.restarted).toEqual(['peer0.hospital-b']);
      expect(installed()).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/denied|revoked/) as string,
      });
      leaver.api.close();
    },
  );

  it('are renewed node by node under load, and nothing that was acknowledged is lost', async () => {
    const load = await RegistrationLoad.start(consortium, HOSPITALS);
    await load.acknowledges(5, HOSPITALS);
    const hospital = consortium.organisation('hospital-a');
    const nodes: Server[] = [
      ['hospital-a', 'peer0.hospital-a', hospital.peers[0]?.port ?? 0],
      ['hospital-a', 'gateway-hospital-a', hospital.gateway.rest],
      ['hospital-a', 'ca-hospital-a', hospital.ca.port],
      ...(engine === 'fabric'
        ? consortium.topology.orderers.nodes
            .slice(0, 1)
            .map(({ name, port }): Server => ['orderer', name, port])
        : []),
    ];
    for (const [organisation, name, port] of nodes) {
      const before = await shownAt(port);
      const others = await pids();
      const renewal = await renew(organisation, name);
      const shown = await shownAt(port);
      expect(shown, name).toBe(inFile(renewal.certificates.at(-1)));
      expect(shown, name).not.toBe(before);
      expect(renewal.channels, name).toEqual(organisation === 'orderer' ? ['care'] : []);
      const changed = Object.entries(await pids()).filter(([process, pid]) => others[process] !== pid);
      expect(
        changed.map(([process]) => process),
        name,
      ).toEqual([renewal.restarts]);
      await load.acknowledges(5, HOSPITALS);
    }
    await load.stop();
    expect(load.refused).toEqual([]);
    for (const at of HOSPITALS) expect(await lostAt(consortium, at, load.acknowledged)).toEqual([]);
    expect(await consortium.command('certs')).toMatchObject({ code: 0 });
  }, 400_000);

  it('stay as they are in a dry run', async () => {
    const [peer] = consortium.organisation('lab-a').peers;
    const before = await shownAt(peer?.port ?? 0);
    const plan = await renew('lab-a', 'peer0.lab-a', '--dry-run');
    expect(plan).toMatchObject({
      restarts: engine === 'fabric' ? 'peer0.lab-a' : 'ledger',
      changesChannels: false,
    });
    expect(inFile(plan.certificates.at(-1))).toBe(before);
    expect(await shownAt(peer?.port ?? 0)).toBe(before);
    const orderer = await renew('orderer', 'orderer1', '--dry-run');
    expect(orderer.changesChannels).toBe(engine === 'fabric');
  });

  it('of the gateway’s own identity are taken at once', async () => {
    const before = await consortium.pidOf('gateway-lab-a');
    const renewed = await medaccordJson<{ restarted: string[]; revoked: string[] }>(
      ...[
        'identity',
        'renew',
        '--org',
        'lab-a',
        '--name',
        'gateway',
        '--revoke-old',
        '--home',
        consortium.home,
      ],
    );
    expect(renewed).toMatchObject({ restarted: ['gateway-lab-a'], revoked: [expect.any(String)] });
    expect(await consortium.pidOf('gateway-lab-a')).not.toBe(before);
    const { api } = await consortium.logIn('lab-a', 'technician');
    expect((await api.GET('/readyz')).data).toMatchObject({ parts: { peer: 'ok' } });
    api.close();
  });
});
