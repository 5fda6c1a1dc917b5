import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LedgerEvent, createProofKey, events, signStatement } from '@medaccord/gateway/client';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, height, sharedConsortium } from '../consortium/index.js';
import { value } from '../story/api.js';
import { openCast } from '../story/cast.js';
import { bundleContent } from '../story/generator.js';
import { runStory } from '../story/story.js';
import { preparedConsent, toPerson } from './given/consent.js';
import { type Canaries, everyAsset } from './given/every-asset.js';
import { databaseUrl } from './given/gateway-program.js';
import { Search, newBirthDate, newMark } from './given/marks.js';
import { newKey, registeredPatient } from './given/patient.js';
import { type RestCall, RestDoor, jsonOf } from './given/rest-call.js';
import { askToken, plainToken } from './given/token.js';

const ORGANISATIONS = ['hospital-a', 'hospital-b', 'lab-a', 'insurer-a'];
const BUNDLES = 3;
/** Schemas of PostgreSQL itself. */
const SYSTEM = ['pg_catalog', 'information_schema'];

/** Texts, keys and tokens that can be told from all others; afterwards they are looked for everywhere. */
describe('what must not be found', () => {
  let consortium: Consortium;
  let doors: RestDoor[];
  /** Of people and documents: it stands in their names, addresses and findings. */
  const mark = newMark();
  const birthDate = newBirthDate();
  /** Sent where it is refused. */
  const stray = newMark();
  /** Keys, tokens, proofs, signatures. */
  const secrets: string[] = [];
  let texts: Record<keyof Canaries, string>;
  let from: number;
  /** A registration, whose confirmation is the last of all events. */
  let last: string;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    doors = await Promise.all(
      ORGANISATIONS.map(async (name) => new RestDoor(await consortium.gateway(name))),
    );
    from = await height(consortium, { organisation: 'hospital-a' });
    await markedStory();
    ({ canaries: texts } = await everyAsset(consortium, {
      custodian: 'hospital-a',
      second: 'hospital-b',
      insurer: 'insurer-a',
    }));
    await loginsAndKeys();
    await refusedRequests();
    const path = { id: (await registeredPatient(consortium)).id };
    const desk = await consortium.member('hospital-a', 'clerk');
    ({ registration: last } = await value(desk.api.GET('/v1/patients/{id}', { params: { path } })));
  });
  afterAll(async () => {
    for (const door of doors) door.close();
    await consortium.disconnect();
  });

  async function markedStory(): Promise<void> {
    const data = await mkdtemp(join(tmpdir(), 'medaccord-marked-'));
    for (let n = 0; n < BUNDLES; n++) {
      await writeFile(join(data, `${String(n)}.json`), JSON.stringify(marked(n)));
    }
    const cast = await openCast(consortium.home, 8);
    const { records, settled, skipped } = await runStory(cast, { data });
    cast.close();
    await rm(data, { recursive: true });
    expect({ skipped, records: records > 0, settled: settled > 0 }).toEqual({
      skipped: [],
      records: true,
      settled: true,
    });
  }

  /** A bundle of somebody with a name, an address and findings, as each of its documents repeats. */
  function marked(n: number) {
    const { entry, ...bundle } = bundleContent(n);
    const person = {
      name: [{ family: `Family ${mark}`, given: [`Given ${mark}`] }],
      birthDate,
      address: [{ line: [`7 Street of ${mark}`] }],
      telecom: [{ value: `tel-${mark}` }],
    };
    const about = { note: [{ text: `${mark}, born ${birthDate}, feels better` }], contained: [person] };
    return {
      ...bundle,
      entry: entry.map(({ fullUrl, resource }) => ({
        fullUrl,
        resource: { ...resource, ...(resource.resourceType === 'Patient' ? person : about) },
      })),
    };
  }

  async function loginsAndKeys(): Promise<void> {
    const [door] = doors;
    if (!door) throw new Error('no gateway');
    const doctor = await consortium.identity('hospital-a', 'doctor');
    const url = `${door.address.baseUrl}/v1/auth/tokens`;
    const proof = await (await createProofKey()).prove('POST', url);
    const bound = jsonOf(await askToken(door, doctor, proof)) as { token: string };
    const plain = await plainToken(door, doctor);
    for (const token of [plain, bound.token]) {
      await door.ask({ method: 'GET', path: '/v1/me', headers: { authorization: `Bearer ${token}` } });
      secrets.push(...token.split('.').slice(1));
    }
    secrets.push(proof.split('.')[2] ?? '', doctor.privateKey.split('\n')[1] ?? '');
    const patient = await registeredPatient(consortium);
    const { d = '' } = patient.key.export({ format: 'jwk' });
    const jws = signStatement(
      await preparedConsent(consortium, patient, toPerson(await consortium.member('hospital-b', 'doctor'))),
      'consent',
      newKey(),
    );
    await door.ask(post('/v1/consents', plain, JSON.stringify({ jws })));
    secrets.push(d, jws.split('.')[2] ?? '');
    expect(secrets.map(({ length }) => length > 40)).toEqual(secrets.map(() => true));
  }

  const post = (path: string, token: string, body: string): RestCall => ({
    method: 'POST',
    path,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': `${stray}-${randomUUID()}`,
    },
    body,
  });

  /** Mistakes of all kinds, each with something personal in it. */
  async function refusedRequests(): Promise<void> {
    for (const [index, organisation] of ORGANISATIONS.entries()) {
      const door = doors[index];
      const token = door && (await plainToken(door, await consortium.identity(organisation, 'clerk')));
      if (token === undefined) throw new Error('no gateway');
      const get = (path: string, headers = {}): RestCall => ({
        method: 'GET',
        path,
        headers: { authorization: `Bearer ${token}`, ...headers },
      });
      const json = JSON.stringify({ [stray]: stray, keys: stray });
      const requests = [
        post('/v1/patients', token, `{"name":"${stray}`),
        post('/v1/patients', token, json),
        post(`/v1/patients/${stray}/confirm`, token, '{}'),
        post(`/v1/${stray}`, token, json),
        post(
          '/v1/auth/tokens',
          token,
          JSON.stringify({ challenge: stray, certificate: stray, signature: stray }),
        ),
        post('/v1/claims', `${stray}.${stray}.${stray}`, json),
        get(`/v1/patients?custodian=${stray}`),
        get(`/v1/patients/%zz${stray}`),
        get('/v1/patients', { 'if-match': stray, cookie: `name=${stray}`, referer: stray, dpop: stray }),
        get('/v1/events', { 'last-event-id': stray }),
      ];
      for (const request of requests) await door?.ask(request);
    }
  }

  it('is in no log: no name, birthday, finding, code, reason, key, token or mistake', () => {
    const all = [mark, birthDate, stray, ...secrets, ...Object.values(texts)];
    expect(new Search(all).below(join(consortium.home, 'logs'))).toEqual([]);
  });

  it('is in no file of anybody, where it is of a document or a person', () => {
    expect(new Search([mark, birthDate, stray, texts.document]).below(consortium.home)).toEqual([]);
  });

  it('is in no file but its owner’s, where it is a key or a token', () => {
    const found = new Search(secrets).below(consortium.home);
    const own = 'users/doctor@hospital-a.example/msp/keystore/priv_sk';
    expect(found.filter((where) => !where.endsWith(own))).toEqual([]);
    expect(found).toHaveLength(1);
  });

  it('is in no database of an organisation that may not know it', async () => {
    const { category, reason, diagnosis, code, coverage } = texts;
    const search = new Search([mark, birthDate, stray, ...secrets, ...Object.values(texts)]);
    const known = await Promise.all(
      ORGANISATIONS.map(async (name) => [name, search.in(await databaseOf(name)).sort()]),
    );
    const care = [category, reason];
    const pair = [diagnosis, code, coverage];
    expect(Object.fromEntries(known)).toEqual({
      'hospital-a': [...care, ...pair].sort(),
      'hospital-b': care.sort(),
      'lab-a': care.sort(),
      'insurer-a': pair.sort(),
    });
  });

  /** Every row of every table, as text; bytes in hex. */
  async function databaseOf(organisation: string): Promise<string> {
    const client = new Client({ connectionString: databaseUrl(consortium, organisation) });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname <> ALL ($1)`,
        [SYSTEM],
      );
      const contents: string[] = [];
      for (const { name } of tables) {
        const { rows } = await client.query<{ row: string }>(
          `SELECT to_jsonb(t)::text AS row FROM ${name} t`,
        );
        contents.push(...rows.map(({ row }) => row));
      }
      expect(tables.length).toBeGreaterThan(20);
      return contents.join('\n');
    } finally {
      await client.end();
    }
  }

  it('is in no event that an organisation streams', async () => {
    const search = new Search([mark, birthDate, stray, ...secrets, ...Object.values(texts)]);
    for (const name of ORGANISATIONS) {
      const { baseUrl } = await consortium.gateway(name);
      const { api } = await consortium.member(name, 'Admin');
      const stop = new AbortController();
      const seen: LedgerEvent[] = [];
      for await (const event of events(api, { baseUrl, from, signal: stop.signal })) {
        seen.push(event);
        if (event.data.id === last && event.data.status === 'confirmed') break;
      }
      stop.abort();
      expect(seen.length).toBeGreaterThan(50);
      expect(search.in(JSON.stringify(seen)), name).toEqual([]);
    }
  });
});
