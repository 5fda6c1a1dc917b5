import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, sharedConsortium } from '../consortium/index.js';
import { ApiDocument, type ApiOperation } from './given/api-document.js';
import { type Sample, samplesOf, targetOf } from './given/api-samples.js';
import { brokenJson, hostileTexts, spoilt, strangeHeaders } from './given/hostile-values.js';
import { type Plausible, plausibleValues, preparedCalls } from './given/plausible-values.js';
import { type Player, Players } from './given/players.js';
import { flawsOf } from './given/problem.js';
import { registeredPatient } from './given/patient.js';
import type { RestCall } from './given/rest-call.js';
import { smallWorld } from './given/small-world.js';
import { storedRecord } from './given/record.js';

const SEED = 20_260_302;
/** Of each operation. */
const REQUESTS = 32;
const CONCURRENCY = 12;
/** No more is sent after that, on a machine that has much else to do. */
const LONGEST_MS = 90_000;
/** Whose token this ends would miss it. */
const ENDS_THE_LOGIN = 'revokeToken';

interface Attempt {
  operation: ApiOperation;
  as: Player;
  call: RestCall;
}

/** Requests made from the OpenAPI document: plausible ones, spoilt ones, and garbage, from all roles at once. */
describe('whatever is sent', () => {
  let consortium: Consortium;
  let players: Players;
  let document: ApiDocument;
  let values: Plausible;
  let running: string[];
  let logged: Map<string, number>;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    players = await Players.enter(consortium);
    document = await ApiDocument.of(players.door('hospital-a'));
    const world = await smallWorld(consortium);
    await players.add(world.patient, 'patient');
    for (const doctor of world.doctors) await players.add(doctor, 'doctor');
    values = plausibleValues(document, world, players.all);
    running = await runningProcesses();
    logged = new Map(logFiles().map((file) => [file, statSync(file).size]));
  });
  afterAll(() => {
    players.close();
    return consortium.disconnect();
  });

  const runningProcesses = async () =>
    (await consortium.processes()).map(({ name, pid, status }) => `${name} ${String(pid)} ${status}`);
  const logFiles = () =>
    [...players.doors.keys()].map((name) => join(consortium.home, 'logs', `gateway-${name}.log`));

  function attemptsAt(operation: ApiOperation): fc.Arbitrary<Attempt> {
    const allowed = players.allowed(operation);
    const special = operation.id === ENDS_THE_LOGIN ? { headers: { authorization: 'Bearer a.b.c' } } : {};
    const sample = samplesOf(document, operation, values.special, values.inPath(operation.path));
    const plausible =
      operation.id === 'prepareTransaction'
        ? fc.tuple(sample, preparedCalls(values.special)).map(([one, body]) => ({ ...one, body }))
        : sample;
    const player = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...allowed) },
      { weight: 1, arbitrary: fc.constantFrom(...players.all) },
    );
    const call = plausible.chain((one) =>
      fc.oneof(
        { weight: 5, arbitrary: fc.constant(callOf(operation, one)) },
        { weight: 4, arbitrary: spoilt(one.body).map((body) => callOf(operation, { ...one, body })) },
        {
          weight: 2,
          arbitrary: brokenJson(JSON.stringify(one.body ?? {})).map((body) => ({
            ...callOf(operation, one),
            body,
          })),
        },
        { weight: 2, arbitrary: strangeHeaders().map((headers) => callOf(operation, one, headers)) },
        { weight: 1, arbitrary: hostileTexts().map((text) => callOf(operation, hostileAddress(one, text))) },
      ),
    );
    const token = fc.oneof({ weight: 30, arbitrary: fc.constant({}) }, fc.constantFrom(...wrongTokens()));
    return fc.tuple(player, call, token).map(([as, made, shown]) => ({
      operation,
      as,
      call: { ...made, headers: { ...made.headers, ...shown, ...special.headers } },
    }));
  }

  const wrongTokens = () =>
    players.all
      .slice(0, 3)
      .flatMap(({ token }) => [
        { authorization: `DPoP ${token}` },
        { authorization: `Bearer ${token.slice(0, -6)}AAAAAA` },
        { authorization: `Bearer ${token}` },
      ]);

  it(
    'is answered, or refused as docs/api.md says: never with a fault of the gateway',
    async () => {
      const until = performance.now() + LONGEST_MS;
      const made = document.operations.map((operation, index) =>
        fc.sample(attemptsAt(operation), { seed: SEED + index, numRuns: REQUESTS }),
      );
      // One of each operation after the other, again and again.
      const mixed = Array.from({ length: REQUESTS }, (_, round) =>
        made.flatMap((of) => of[round] ?? []),
      ).flat();
      const answered = new Map<number, number>();
      const wrong = await pMap(
        mixed,
        async ({ operation, as, call }) => {
          if (performance.now() > until) return [];
          const answer = await as.ask(call);
          answered.set(answer.status, (answered.get(answer.status) ?? 0) + 1);
          const flaws = answer.status < 400 ? [] : flawsOf(answer);
          return flaws.map(
            (flaw) => `${operation.id} as ${as.role}@${as.organisation}: ${flaw}\n${show(call)}`,
          );
        },
        { concurrency: CONCURRENCY },
      );
      expect(wrong.flat()).toEqual([]);
      // Both sides of the line were reached, and the ledger's own rules.
      expect([...answered.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 401, 403, 404, 409, 422]));
    },
    LONGEST_MS + 30_000,
  );

  it('leaves no error in a log, and every process alive', async () => {
    const errors = logFiles().flatMap((file) =>
      readFileSync(file)
        .subarray(logged.get(file) ?? 0)
        .toString()
        .split('\n')
        .filter((line) => /"level":[56]0/.test(line)),
    );
    expect(errors).toEqual([]);
    expect(await runningProcesses()).toEqual(running);
  });

  it('leaves the gateways ready, and the next call works', async () => {
    for (const door of players.doors.values()) {
      expect(await door.ask({ method: 'GET', path: '/readyz' })).toMatchObject({ status: 200 });
    }
    const patient = await registeredPatient(consortium);
    const { id } = await storedRecord(consortium, patient);
    const doctor = await consortium.member('hospital-a', 'doctor');
    const { data } = await doctor.api.GET('/v1/records', { params: { query: { patient: patient.id } } });
    expect(data?.items.map(({ record }) => record)).toEqual([id]);
  });
});

function callOf(operation: ApiOperation, sample: Sample, headers: Record<string, string> = {}): RestCall {
  return {
    method: operation.method,
    path: targetOf(operation, sample),
    headers: { ...sample.headers, 'content-type': 'application/json', ...headers },
    ...(sample.body === undefined ? {} : { body: JSON.stringify(sample.body) }),
  };
}

/** The text in place of a parameter of the path, and in one more of the query. */
function hostileAddress(sample: Sample, text: string): Sample {
  const [name] = Object.keys(sample.path);
  const [asked = 'unknown'] = Object.keys(sample.query);
  return {
    ...sample,
    path: { ...sample.path, ...(name === undefined ? {} : { [name]: text }) },
    query: { ...sample.query, [asked]: text },
  };
}

function show({ method, path, headers, body }: RestCall): string {
  const { authorization, ...others } = headers ?? {};
  const token = authorization === undefined ? '' : ' with another token';
  return `${method} ${path}${token} ${JSON.stringify(others)} ${String(body).slice(0, 1_000)}`;
}
