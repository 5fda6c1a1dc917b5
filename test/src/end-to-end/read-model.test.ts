import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, sharedConsortium } from '../consortium/index.js';
import { everyAsset } from '../features/given/every-asset.js';
import { databaseUrl, gatewaySettings, medaccordGateway } from '../features/given/gateway-program.js';
import { value } from '../story/api.js';

const ORGANISATION = 'hospital-a';

/** The read model is only a view: the ledger says what is right, and makes it anew. */
describe('the read model of a running gateway', () => {
  let consortium: Consortium;
  let database: Client;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    await everyAsset(consortium, {
      custodian: ORGANISATION,
      second: 'hospital-b',
      insurer: 'insurer-a',
    });
    database = new Client({ connectionString: databaseUrl(consortium, ORGANISATION) });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await consortium.disconnect();
  });

  const run = (command: 'verify' | 'rebuild', organisation = ORGANISATION) =>
    medaccordGateway(command, gatewaySettings(consortium, organisation));
  const idOf = async (table: string) => {
    const { rows } = await database.query<{ id: string }>(
      `SELECT id FROM ledger.${table} ORDER BY id LIMIT 1`,
    );
    return rows[0]?.id ?? '';
  };
  const patients = async () => {
    const { api } = await consortium.member(ORGANISATION, 'clerk');
    const { items } = await value(api.GET('/v1/patients', { params: { query: { limit: 200 } } }));
    return items;
  };

  it.each(['hospital-a', 'hospital-b', 'insurer-a', 'lab-a'])('of %s is as the ledger says', async (name) => {
    const { code, stdout, stderr } = await run('verify', name);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\d+ rows of \d+ blocks: all as the ledger says\n$/);
  });

  it('is verified with nothing but the path of the settings', async () => {
    const { MEDACCORD_GATEWAY_CONFIG: config = '' } = gatewaySettings(consortium, ORGANISATION);
    const { code, stdout, stderr } = await medaccordGateway('verify', {}, '--config', config);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/all as the ledger says\n$/);
  });

  it('is found out where somebody has changed, removed or added a row; a rebuild mends it', async () => {
    const before = await patients();
    const [changed, removed] = [await idOf('patients'), await idOf('claim_lines')];
    const added = 'f'.repeat(32);
    await database.query(`UPDATE ledger.patients SET status = 'merged' WHERE id = $1`, [changed]);
    await database.query(`DELETE FROM ledger.claim_lines WHERE id = $1`, [removed]);
    await database.query(
      `INSERT INTO ledger.payments SELECT (jsonb_populate_record(p, jsonb_build_object('id', $1::text))).*
         FROM ledger.payments p LIMIT 1`,
      [added],
    );
    const tampered = await run('verify');
    expect(tampered.code).toBe(1);
    expect(tampered.stdout.split('\n')).toEqual([
      `patients ${changed}: different`,
      `claim_lines ${removed}: missing`,
      `payments ${added}: unknown to the ledger`,
      expect.stringMatching(/: 3 differ$/) as string,
      '',
    ]);

    const rebuilt = await run('rebuild');
    expect({ code: rebuilt.code, stderr: rebuilt.stderr }).toEqual({ code: 0, stderr: '' });
    expect(rebuilt.stdout).toMatch(/rebuilt from \d+ blocks\n$/);
    expect((await run('verify')).code).toBe(0);
    expect(await patients()).toEqual(before);
  });

  it('is rebuilt while the gateway serves, and goes on from there', async () => {
    const done = new AbortController();
    const answers: number[] = [];
    const { api } = await consortium.member(ORGANISATION, 'clerk');
    const reading = (async () => {
      while (!done.signal.aborted) {
        const { response } = await api.GET('/v1/patients', { params: { query: { limit: 5 } } });
        answers.push(response.status);
        // As often as one caller may ask, and no more.
        await setTimeout(20);
      }
    })();
    const { code } = await run('rebuild');
    done.abort();
    await reading;
    expect(code).toBe(0);
    expect(answers.length).toBeGreaterThan(5);
    expect(new Set(answers)).toEqual(new Set([200]));
    const { patients: made } = await everyAsset(consortium, {
      custodian: ORGANISATION,
      second: 'hospital-b',
      insurer: 'insurer-a',
    });
    const [patient] = made;
    const { items } = await value(
      api.GET('/v1/consents', { params: { query: { patient: patient?.id ?? '' } } }),
    );
    expect(items).toHaveLength(1);
    expect((await run('verify')).code).toBe(0);
  });
});
