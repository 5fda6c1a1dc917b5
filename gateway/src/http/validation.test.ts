import { describe, expect, it } from 'vitest';
import { Problem } from '../errors.js';
import { loadApiDocument } from './api-document.js';
import { createValidators } from './validation.js';

describe('the API document', () => {
  const document = loadApiDocument();
  const validators = createValidators(document);
  const withKey = { 'idempotency-key': 'key-12345678' };

  it.each(document.routes.map((route) => [route.id, route] as const))(
    '%s has shapes that compile',
    (_, route) => {
      const request = { path: {}, query: { nonsense: 'x' }, headers: {}, body: 7 };
      expect(() => validators.get(route)?.(request)).toThrow(Problem);
    },
  );

  it('asks for a key wherever something changes, and says who may', () => {
    for (const route of document.routes) {
      const isChange = route.method === 'post' && route.idempotency !== 'none';
      const names = validatorErrors(route.id, {});
      expect(names.includes('header: lacks idempotency-key'), route.id).toBe(isChange);
    }
    const guarded = document.routes.filter(({ isPublic, roles }) => !isPublic && roles.length > 0);
    expect(guarded.length).toBeGreaterThan(60);
  });

  it('keeps every example valid', () => {
    const route = document.routes.find(({ id }) => id === 'createChallenge');
    if (route === undefined) throw new Error('no such route');
    const body = { subject: '0123456789abcdef0123456789abcdef' };
    expect(validators.get(route)?.({ path: {}, query: {}, headers: {}, body })).toMatchObject({ body });
  });

  it('turns text into what it stands for, and fills defaults', () => {
    const route = document.routes.find(({ id }) => id === 'streamEvents');
    const list = document.routes.find(({ id }) => id === 'listPatients');
    if (route === undefined || list === undefined) throw new Error('no such route');
    const query = { types: 'consent,claim', from: '12' };
    expect(validators.get(route)?.({ path: {}, query, headers: {}, body: undefined }).query).toEqual({
      types: ['consent', 'claim'],
      from: 12,
    });
    expect(validators.get(list)?.({ path: {}, query: {}, headers: {}, body: undefined }).query).toEqual({
      limit: 50,
    });
  });

  it('takes a body or none where there is nothing to say, and nothing else', () => {
    expect(validatorErrors('confirmPatient', withKey, undefined)).toEqual([]);
    expect(validatorErrors('confirmPatient', withKey, {})).toEqual([]);
    expect(validatorErrors('confirmPatient', withKey, { x: 1 })).toEqual([
      'body: has a member that is not known',
    ]);
  });

  function validatorErrors(id: string, headers: Record<string, string>, body?: unknown): string[] {
    const route = document.routes.find((candidate) => candidate.id === id);
    if (route === undefined) throw new Error('no such route');
    const path = { id: 'a'.repeat(32), leaf: 'b'.repeat(64), transactionId: 'b'.repeat(64) };
    const wanted = Object.fromEntries(
      Object.entries(path).filter(([name]) => route.path.includes(`:${name}`)),
    );
    try {
      validators.get(route)?.({ path: wanted, query: {}, headers, body });
      return [];
    } catch (error) {
      return error instanceof Problem ? (error.errors ?? []).map((one) => `${one.path}: ${one.message}`) : [];
    }
  }
});
