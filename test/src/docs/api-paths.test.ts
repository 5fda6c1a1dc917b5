import { expect, it } from 'vitest';
import { loadApiDocument } from '../../../gateway/src/http/api-document.js';
import { readDocument } from './markdown.js';

it('docs/api.md names addresses that the gateway has', () => {
  const known = loadApiDocument().routes.map(
    ({ path }) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`, 'u'),
  );
  const named = [...readDocument('docs/api.md').matchAll(/\/v1\/[^\s`"'?,;)]+/gu)].map(([path]) =>
    path.replace(/[.:]$/, ''),
  );
  expect(named.length).toBeGreaterThan(30);
  // `/v1/…` is a family of addresses, not one.
  expect(
    named.filter((path) => !/^\/v1\/(…|auth\/…)/u.test(path) && !known.some((one) => one.test(path))),
  ).toEqual([]);
});
