import fc from 'fast-check';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, height, sharedConsortium } from '../consortium/index.js';
import { ApiDocument, type ApiOperation } from './given/api-document.js';
import { mutantsOf } from './given/api-mutants.js';
import { type Sample, samplesOf, targetOf } from './given/api-samples.js';
import { patientIdentity } from './given/patient.js';
import { type Player, Players } from './given/players.js';
import { flawsOf } from './given/problem.js';
import { type RestCall, jsonOf } from './given/rest-call.js';

const SEED = 20_260_302;
/** Of each operation: several alternatives come up. */
const SAMPLES = 3;
const CONCURRENCY = 8;
const REQUEST_INVALID = { status: 400, code: 'REQUEST_INVALID' };

interface Refusal {
  status: number;
  code: string;
}
interface Attempt {
  what: string;
  operation: ApiOperation;
  /** Somebody who may, where left out. */
  as?: Player;
  call: RestCall;
}

/** Every operation of the OpenAPI document, from the document itself, with whatever is wrong about a request. */
describe('bad input', () => {
  let consortium: Consortium;
  let players: Players;
  /** Some operations are for patients alone. */
  let patient: Member;
  let document: ApiDocument;
  let heightBefore: number;
  let turn = 0;
  const viewer = { organisation: 'hospital-a' };
  beforeAll(async () => {
    consortium = await sharedConsortium();
    players = await Players.enter(consortium);
    patient = await patientIdentity(consortium);
    await players.add(patient, 'patient');
    document = await ApiDocument.of(players.door('hospital-a'));
    heightBefore = await height(consortium, viewer);
  });
  afterAll(() => {
    patient.api.close();
    players.close();
    return consortium.disconnect();
  });

  const sampled = new Map<string, Sample[]>();
  const samples = (operation: ApiOperation): Sample[] => {
    const known = sampled.get(operation.id);
    if (known) return known;
    const made = fc.sample(samplesOf(document, operation), { seed: SEED, numRuns: SAMPLES });
    sampled.set(operation.id, made);
    return made;
  };
  const callOf = (operation: ApiOperation, sample: Sample, change: Partial<RestCall> = {}): RestCall => ({
    method: operation.method,
    path: targetOf(operation, sample),
    ...(sample.body === undefined ? {} : { body: JSON.stringify(sample.body) }),
    ...change,
    headers: { ...sample.headers, 'content-type': 'application/json', ...change.headers },
  });
  const first = (operation: ApiOperation, change?: Partial<RestCall>) => {
    const [sample] = samples(operation);
    if (!sample) throw new Error('no sample');
    return callOf(operation, sample, change);
  };
  const withBody = () => document.operations.filter(({ body }) => body !== undefined);
  const guarded = () => document.operations.filter(({ isPublic }) => !isPublic);

  /** @returns what was not refused as it ought to be. */
  async function wronglyAnswered(attempts: Attempt[], refusal: Refusal): Promise<string[]> {
    expect(attempts.length).toBeGreaterThan(0);
    const flaws = await pMap(
      attempts,
      async ({ what, operation, as, call }) => {
        const may = players.allowed(operation);
        const answer = await (as ?? may[turn++ % may.length] ?? players.all[0])?.ask(call);
        if (!answer) throw new Error(`nobody may ${operation.id}`);
        const found = flawsOf(answer);
        const code = found.length === 0 ? String(jsonOf(answer)['code']) : '';
        if (found.length === 0 && (code !== refusal.code || answer.status !== refusal.status))
          found.push(`${String(answer.status)} ${code}: ${answer.text.slice(0, 300)}`);
        return found.map((flaw) => `${operation.id}, ${what}: ${flaw}`);
      },
      { concurrency: CONCURRENCY },
    );
    return flaws.flat();
  }

  it('nobody gets in without a good token', async () => {
    const door = players.door('hospital-a');
    const tokens = ['', 'Bearer', 'Bearer a.b.c', 'DPoP a.b.c', `Basic ${btoa('admin:admin')}`];
    const wrong = await pMap(
      guarded().flatMap((operation) => [undefined, ...tokens].map((token) => ({ operation, token }))),
      async ({ operation, token }) => {
        const answer = await door.ask(
          first(operation, token === undefined ? {} : { headers: { authorization: token } }),
        );
        return answer.status === 401 && flawsOf(answer).length === 0
          ? []
          : [`${operation.id} with ${String(token)}`];
      },
      { concurrency: CONCURRENCY },
    );
    expect(wrong.flat()).toEqual([]);
  });

  it('a token of another organisation’s gateway is none', async () => {
    const stranger = players.all.find(({ organisation }) => organisation === 'hospital-b');
    const answer = await players.door('hospital-a').ask({
      method: 'GET',
      path: '/v1/me',
      headers: { authorization: `Bearer ${stranger?.token ?? ''}` },
    });
    expect(jsonOf(answer)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('every role and kind of organisation that an operation does not name is refused', async () => {
    const attempts = guarded().flatMap((operation) => {
      const allowed = players.allowed(operation);
      const refused = players.all.filter((player) => !allowed.includes(player));
      return refused.map((as) => ({
        what: `as ${as.role} of ${as.organisation}`,
        operation,
        as,
        call: first(operation),
      }));
    });
    expect(await wronglyAnswered(attempts, { status: 403, code: 'FORBIDDEN' })).toEqual([]);
  });

  it('a body that is no JSON is refused', async () => {
    const texts = ['{', '{"a":1,}', "{'a':1}", 'undefined', '\u{feff}{}x', '{}{}', '\u0000'];
    const attempts = withBody().flatMap((operation) =>
      texts.map((body) => ({ what: JSON.stringify(body), operation, call: first(operation, { body }) })),
    );
    expect(await wronglyAnswered(attempts, REQUEST_INVALID)).toEqual([]);
  });

  it('another content type, encoding or character set is refused', async () => {
    const headers: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'multipart/form-data; boundary=x' },
      { 'content-type': '' },
      { 'content-encoding': 'gzip' },
      { 'content-type': 'application/json; charset=utf-16' },
    ];
    const attempts = withBody().flatMap((operation) =>
      headers.map((wrong) => ({
        what: JSON.stringify(wrong),
        operation,
        call: first(operation, { body: '{}', headers: wrong }),
      })),
    );
    expect(await wronglyAnswered(attempts, { status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' })).toEqual([]);
  });

  it('members that are missing, unknown, of another type or out of bounds are refused', async () => {
    const attempts = withBody().flatMap((operation) => {
      const schema = operation.body?.schema ?? {};
      const mutants = samples(operation).flatMap((sample) =>
        mutantsOf(document, schema, sample.body).map(({ what, value }) => ({
          what,
          operation,
          call: callOf(operation, sample, { body: JSON.stringify(value) }),
        })),
      );
      return [...new Map(mutants.map((mutant) => [mutant.what, mutant])).values()];
    });
    expect(attempts.length).toBeGreaterThan(1_000);
    expect(await wronglyAnswered(attempts, REQUEST_INVALID)).toEqual([]);
  });

  it('a body that must be there is missed', async () => {
    const attempts = withBody()
      .filter(({ body }) => body?.required)
      .map((operation) => {
        const [{ headers, path, query } = { headers: {}, path: {}, query: {} }] = samples(operation);
        return { what: 'none', operation, call: callOf(operation, { headers, path, query }) };
      });
    expect(await wronglyAnswered(attempts, REQUEST_INVALID)).toEqual([]);
  });

  it('parameters of path, query and header that are missing, unknown or out of shape are refused', async () => {
    const wrongTexts = ['x', 'A'.repeat(32), '../../etc/passwd', "' OR 1=1 --", '\u0000', '-1', 'ü'];
    const attempts = document.operations.flatMap((operation) => {
      const [sample] = samples(operation);
      if (!sample) return [];
      const changed = (what: string, change: Partial<Sample>) => ({
        what,
        operation,
        call: callOf(operation, { ...sample, ...change }),
      });
      const of = (place: string) => operation.parameters.filter((one) => one.in === place);
      const headers = of('header').filter(({ name }) =>
        ['Idempotency-Key', 'If-Match', 'Last-Event-ID'].includes(name),
      );
      return [
        ...of('path').flatMap(({ name }) =>
          wrongTexts.map((text) => changed(`${name} ${text}`, { path: { ...sample.path, [name]: text } })),
        ),
        ...of('query').flatMap(({ name }) =>
          ['', '\u0000', 'ü ü', 'x'.repeat(600)].map((text) =>
            changed(`${name} ${text}`, { query: { [name]: text } }),
          ),
        ),
        ...headers.flatMap(({ name, required }) => [
          changed(`${name} short`, { headers: { ...sample.headers, [name]: 'x' } }),
          changed(`${name} long`, { headers: { ...sample.headers, [name]: 'x'.repeat(300) } }),
          ...(required === true ? [changed(`no ${name}`, { headers: {} })] : []),
        ]),
        changed('unknown query', { query: { ...sample.query, unknown: '1' } }),
      ];
    });
    expect(await wronglyAnswered(attempts, REQUEST_INVALID)).toEqual([]);
  });

  it('a path that is no percent-encoding is refused', async () => {
    const attempts = document.operations
      .filter(({ path }) => path.includes('{id}'))
      .map((operation) => ({
        what: '%zz',
        operation,
        call: first(operation, { path: operation.path.replace('{id}', '%zz').replaceAll(/\{\w+\}/g, 'x') }),
      }));
    expect(await wronglyAnswered(attempts, REQUEST_INVALID)).toEqual([]);
  });

  it('a body over the limit is refused before it is sent, or where it grows over it', async () => {
    const announced = withBody().map((operation) => ({
      what: 'announced',
      operation,
      call: first(operation, {
        headers: { 'content-length': String(operation.maxBytes + 1) },
        body: 'unfinished' as const,
      }),
    }));
    const large = `{"a":"${'x'.repeat(262_144)}"}`;
    const chunked = withBody()
      .filter(({ maxBytes }) => maxBytes < large.length)
      .map((operation) => ({
        what: 'chunked',
        operation,
        call: first(operation, { headers: { 'transfer-encoding': 'chunked' }, body: large }),
      }));
    const refusal = { status: 413, code: 'PAYLOAD_TOO_LARGE' };
    expect(await wronglyAnswered([...announced, ...chunked.slice(0, 12)], refusal)).toEqual([]);
  });

  it('a body that is nested too deep, or holds half a character, is refused', async () => {
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const bodies = [deep(33), `{"a":${deep(40)}}`, deep(100_000), '"\\ud800"', '{"\\u0000":1}'];
    const attempts = withBody().flatMap((operation) =>
      bodies.map((body) => ({ what: body.slice(0, 12), operation, call: first(operation, { body }) })),
    );
    expect(await wronglyAnswered(attempts, REQUEST_INVALID)).toEqual([]);
  });

  it('what is not there is told so', async () => {
    const [anybody] = players.all;
    const paths = ['/v1', '/v1/', '/V1/me', '/v1/me/', '/v2/me', '/v1/claims/x/y/z', '//v1/me'];
    for (const path of paths) {
      const answer = await anybody?.ask({ method: 'GET', path });
      expect(answer && jsonOf(answer), path).toMatchObject({ status: 404, code: 'ROUTE_UNKNOWN' });
    }
    const unknown = document.operations.flatMap((operation) => {
      const taken = document.operations
        .filter(({ path }) => path === operation.path)
        .map(({ method }) => method);
      return ['PUT', 'PATCH', 'DELETE', 'GET', 'POST']
        .filter((method) => !taken.includes(method))
        .map((method) => ({ what: method, operation, call: { ...first(operation), method } }));
    });
    // A fixed path may have the form of one with a parameter: `/v1/claims/{id}` takes GET where `…/prepare` does not.
    const answers = await pMap(unknown, async ({ operation, what, call }) => {
      const answer = await players.door('hospital-a').ask(call);
      return [401, 404, 405].includes(answer.status) && flawsOf(answer).length === 0
        ? []
        : [`${what} ${operation.path}`];
    });
    expect(answers.flat()).toEqual([]);
  });

  it('steps on things that do not exist are refused by the ledger', async () => {
    const about = guarded().filter(
      ({ path, id }) => path.includes('{') && !['getTransaction', 'revokeToken'].includes(id),
    );
    const wrong = await pMap(
      about,
      async (operation) => {
        const [asker] = players.allowed(operation);
        const answer = await asker?.ask(first(operation));
        return answer && flawsOf(answer).length === 0 ? [] : [`${operation.id}: ${answer?.text ?? ''}`];
      },
      { concurrency: CONCURRENCY },
    );
    expect(wrong.flat()).toEqual([]);
  });

  it('none of it has changed anything on the ledger, and the gateways are ready', async () => {
    expect(await height(consortium, viewer)).toBe(heightBefore);
    for (const door of players.doors.values()) {
      expect(await door.ask({ method: 'GET', path: '/readyz' })).toMatchObject({ status: 200 });
    }
  });
});
