import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../testing/test-gateway.js';
import { LargeBodies, expectedBytes } from './large-bodies.js';

const ID = 'a'.repeat(32);

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});
async function post(path: string, body: string, options?: TestGatewayOptions) {
  gateway ??= await startTestGateway({ limits: { bodyBytes: 4_000_000 }, ...options });
  const authorization = await gateway.tokenOf('doctor');
  const headers = {
    authorization,
    'content-type': 'application/json',
    'idempotency-key': 'one-and-the-same',
  };
  const answer = await gateway.raw('POST', path, headers, body);
  return { status: answer.status, ...((await answer.json()) as { code: string; detail: string }) };
}
const refused = { status: 400, code: 'REQUEST_INVALID' };
const breakGlass = (reason: string) =>
  JSON.stringify({ patient: ID, custodian: 'hospital-b', reason, minutes: 10 });

describe('a hostile body', () => {
  it.each([
    ['objects', '{"a":', '}'],
    ['lists', '[', ']'],
  ])('of %s nested 100,000 deep is refused', async (_, open, close) => {
    const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    expect(
      await post('/v1/transactions', `{"function":"consent:expire","input":{"a":${deep}}}`),
    ).toMatchObject(refused);
    expect(await post('/v1/consents/prepare', deep)).toMatchObject(refused);
    expect(await post('/v1/auth/tokens', deep)).toMatchObject(refused);
  });

  it.each([
    ['half a character', 'an accident \ud800'],
    ['a NUL', 'an accident \0'],
  ])('with %s is refused, and nothing is sent', async (_, reason) => {
    expect(await post('/v1/break-glass', breakGlass(reason))).toMatchObject(refused);
    expect(gateway?.calls).toEqual([]);
    expect(await post('/v1/break-glass', breakGlass('an accident 🚑'))).toMatchObject({ status: 201 });
  });

  it('is told nothing of its own content', async () => {
    const answer = await post('/v1/break-glass', `{"secret-name":"secret-value","__proto__":{"x":1}}`);
    expect(answer).toMatchObject(refused);
    expect(JSON.stringify(answer)).not.toContain('secret');
  });
});

describe('memory for large bodies', () => {
  it('is shared out before they are read, one caller leaving room for others', () => {
    const bodies = new LargeBodies(10, 100, 60);
    const first = bodies.take('a', 50);
    expect(() => bodies.take('a', 20)).toThrow('too many large requests');
    bodies.take('a', 10);
    const other = bodies.take('b', 50);
    expect(() => bodies.take('c', 11)).toThrow('too many large requests');
    first();
    bodies.take('c', 11)();
    other();
    bodies.take('a', 60)();
    bodies.take('a', 60);
  });

  it('counts a body of unknown length as the largest that it may become', () => {
    expect(expectedBytes({ 'content-length': '12' }, 100)).toBe(12);
    expect(expectedBytes({ 'content-length': '1200' }, 100)).toBe(100);
    expect(expectedBytes({ 'transfer-encoding': 'chunked' }, 100)).toBe(100);
    expect(expectedBytes({}, 100)).toBe(0);
  });
});
