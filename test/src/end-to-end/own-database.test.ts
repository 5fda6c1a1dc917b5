import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@medaccord/gateway/client';
import { loadTopology } from '@medaccord/network/topology';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Consortium, freePortOffset, medaccord, wipeConsortium } from '../consortium/index.js';
import { registeredPatient } from '../features/given/patient.js';
import { value } from '../story/api.js';
import { OwnPostgres } from './given/own-postgres.js';

const TOPOLOGY = 'config/examples/two-organisations.yaml';
const ORGANISATIONS = ['hospital-a', 'insurer-a'];

describe('a consortium on a PostgreSQL server of the user’s own', () => {
  const home = join(inject('consortia'), 'own-database');
  let server: OwnPostgres;
  let consortium: Consortium;
  beforeAll(async () => {
    server = await OwnPostgres.start(['care_hospital_a', 'care_insurer_a']);
  });
  afterAll(async () => {
    await consortium?.disconnect();
    await wipeConsortium(home);
    await server.remove();
  });

  /** Each gateway's own word. */
  const readiness = () =>
    Promise.all(
      ORGANISATIONS.map(async (name) => {
        const api = await createClient({ ...(await consortium.gateway(name)), retries: 0 });
        const { response, data, error } = await api.GET('/readyz');
        api.close();
        return { status: response.status, ...(data ?? error)?.parts };
      }),
    );
  const allAre = (state: { status: number; readModel: string }) =>
    vi.waitFor(async () => expect(await readiness()).toMatchObject(ORGANISATIONS.map(() => state)), {
      timeout: 30_000,
      interval: 100,
    });

  it.each<[string, (own: OwnPostgres) => string, RegExp]>([
    [
      'a wrong password',
      (own) => own.template('care_{organisation}', 'wrong-canary'),
      /database of hospital-a \(care_hospital_a at 127\.0\.0\.1:\d+\) cannot be used: password authentication failed/,
    ],
    [
      'a database that is not there',
      (own) => own.template('none_{organisation}'),
      /database of hospital-a .* cannot be used: database "none_hospital_a" does not exist/,
    ],
    ['one database for all', (own) => own.template('care_hospital_a'), /each organisation needs its own/],
  ])('is refused %s, before anything is made or started', async (_what, url, message) => {
    const offset = await freePortOffset(loadTopology(TOPOLOGY));
    const own = ['--home', home, '--topology', TOPOLOGY, '--port-offset', String(offset)];
    const { code, stdout, stderr } = await medaccord('up', '--detach', ...own, '--database-url', url(server));
    expect(stderr).toMatch(message);
    expect(stdout + stderr).not.toContain('wrong-canary');
    expect(code).toBeGreaterThan(0);
    expect(existsSync(join(home, 'organizations'))).toBe(false);
    expect(await medaccord('status', '--home', home)).toMatchObject({ code: 3 });
  });

  it('comes up there alone, and keeps its read model there', async () => {
    consortium = await Consortium.start(
      home,
      TOPOLOGY,
      '--database-url',
      server.template('care_{organisation}'),
    );
    expect((await consortium.processes()).map(({ name }) => name)).not.toContain('postgres');
    expect(existsSync(join(home, 'postgres'))).toBe(false);
    const patient = await registeredPatient(consortium, 'hospital-a', null);
    const clerk = await consortium.member('hospital-a', 'clerk');
    const { items } = await value(clerk.api.GET('/v1/patients'));
    expect(items.map(({ id }) => id)).toEqual([patient.id]);
  });

  it('says so while the server is away, and goes on by itself when it is back', async () => {
    const { api } = await consortium.member('hospital-a', 'clerk');
    const before = await value(api.GET('/v1/patients'));
    await server.stop();
    await allAre({ status: 503, readModel: 'unreachable' });
    await expect(value(api.GET('/v1/patients'))).rejects.toMatchObject({
      status: 503,
      problem: { retryable: true },
    });

    await server.resume();
    await allAre({ status: 200, readModel: 'live' });
    expect(await value(api.GET('/v1/patients'))).toEqual(before);
    await registeredPatient(consortium, 'hospital-a', null);
    expect((await value(api.GET('/v1/patients'))).items).toHaveLength(2);
  });

  it('is not started on an empty built-in server where the URL is left out', async () => {
    expect(await consortium.command('down')).toMatchObject({ code: 0 });
    const { code, stderr } = await consortium.command('up', '--detach');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /on a PostgreSQL server of your own \(care_hospital_a at 127\.0\.0\.1:\d+, …\), and no database URL was given/,
    );
    expect(stderr).toContain('Give it again with --database-url or MEDACCORD_DATABASE_URL.');
    expect(existsSync(join(home, 'postgres'))).toBe(false);
    expect(await consortium.command('status')).toMatchObject({ code: 3 });
    const note = readFileSync(join(home, 'own-server.json'), 'utf8');
    expect(JSON.parse(note)).toEqual({
      databases: ORGANISATIONS.map((organisation) => ({
        organisation,
        host: `127.0.0.1:${String(server.port)}`,
        database: `care_${organisation.replace('-', '_')}`,
      })),
    });
  });
});
