import fc from 'fast-check';
import type { ApiDocument, ApiOperation, Schema } from './api-document.js';

/** Better values than the pattern alone gives, by the name of the schema in the document. */
export type Special = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const SHORT = 24;
const FEW = 3;
/** Its pattern says the beginning only. */
const PEM = fc.constant(`-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n-----END CERTIFICATE-----\n`);

/** Values that the schema allows; whether they make sense is another matter. */
export function valuesOf(
  document: ApiDocument,
  schema: Schema,
  special: Special = {},
): fc.Arbitrary<unknown> {
  const name = schema.$ref?.split('/').at(-1);
  const better =
    name === undefined ? undefined : ({ Pem: PEM, ...special }[name] as fc.Arbitrary<unknown> | undefined);
  if (better !== undefined) return better;
  const known = document.resolve<Schema>(schema);
  const of = (inner: Schema) => valuesOf(document, inner, special);
  if (known.oneOf) return fc.oneof(...known.oneOf.map(of));
  if (known.const !== undefined) return fc.constant(known.const);
  if (known.enum) return fc.constantFrom(...known.enum);
  switch (known.type) {
    case 'string':
      return texts(known);
    case 'integer':
      return fc.integer({ min: known.minimum ?? 0, max: Math.min(known.maximum ?? 1_000, 2 ** 31 - 1) });
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const minLength = known.minItems ?? 0;
      const maxLength = Math.max(minLength, Math.min(known.maxItems ?? FEW, FEW));
      return fc.array(of(known.items ?? {}), { minLength, maxLength });
    }
    case 'object':
      return known.properties
        ? objects(known, of)
        : fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue());
    default:
      return fc.jsonValue();
  }
}

function texts({ pattern, format, minLength = 0, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === 'uri') return fc.webUrl();
  if (pattern === undefined) {
    return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength ?? SHORT, SHORT)) });
  }
  return fc
    .stringMatching(new RegExp(pattern))
    .filter(({ length }) => length >= minLength && length <= (maxLength ?? length));
}

function objects(
  { properties = {}, required = [], minProperties, maxProperties }: Schema,
  of: (schema: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  if (minProperties === 1 && maxProperties === 1) {
    const single = Object.entries(properties).map(([name, schema]) =>
      of(schema).map((value) => ({ [name]: value })),
    );
    return fc.oneof(...single);
  }
  const members = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, of(schema)]));
  return fc.record(members, { requiredKeys: required, noNullPrototype: true });
}

/** Everything about a request but who sends it. */
export interface Sample {
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: unknown;
}

/** Requests as the document describes them. @param inPath better values for the path, where they differ. */
export function samplesOf(
  document: ApiDocument,
  operation: ApiOperation,
  special: Special = {},
  inPath: Special = special,
): fc.Arbitrary<Sample> {
  const place = (where: string) => {
    const here = operation.parameters.filter((one) => one.in === where);
    const better = where === 'path' ? inPath : special;
    const values = here.map(
      ({ name, schema }) => [name, valuesOf(document, schema, better).map(String)] as const,
    );
    const requiredKeys = here.filter(({ required }) => required === true).map(({ name }) => name);
    const some = fc.record(Object.fromEntries(values), { requiredKeys, noNullPrototype: true });
    const needed = values.filter(([name]) => requiredKeys.includes(name));
    return fc.oneof(
      { weight: 2, arbitrary: fc.record(Object.fromEntries(needed), { noNullPrototype: true }) },
      some,
    );
  };
  return fc.record(
    {
      path: place('path'),
      query: place('query'),
      headers: place('header'),
      ...(operation.body && { body: valuesOf(document, operation.body.schema, special) }),
    },
    { noNullPrototype: true },
  );
}

/** `/v1/claims/{id}` and its parameters, as they go over the wire. */
export function targetOf({ path }: ApiOperation, sample: Pick<Sample, 'path' | 'query'>): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(sample.path[name] ?? ''),
  );
  const query = new URLSearchParams(sample.query).toString();
  return query === '' ? filled : `${filled}?${query}`;
}
