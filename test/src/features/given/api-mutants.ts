import type { ApiDocument, Schema } from './api-document.js';

/** A value that differs from an allowed one in one place, and is not allowed any more. */
export interface Mutant {
  /** Where, and what. */
  what: string;
  value: unknown;
}

const LONGEST = 20_000;
const MOST = 1_000;

/** Every single fault that the schema forbids: members missing, unknown, of another type, out of bounds. */
export function mutantsOf(document: ApiDocument, schema: Schema, value: unknown, at = 'body'): Mutant[] {
  const known = alternative(document, document.resolve<Schema>(schema), value);
  const here = [...otherTypes(known), ...outOfBounds(known)].map((wrong) => ({
    what: `${at} is ${describe(wrong)}`,
    value: wrong,
  }));
  if (Array.isArray(value)) return [...here, ...inArray(document, known, value, at)];
  if (typeof value === 'object' && value !== null && known.properties) {
    return [...here, ...inObject(document, known, value as Record<string, unknown>, at)];
  }
  return here;
}

function inArray(document: ApiDocument, { items, maxItems }: Schema, value: unknown[], at: string): Mutant[] {
  if (items === undefined || value.length === 0) return [];
  const first = mutantsOf(document, items, value[0], `${at}/0`).map(({ what, value: wrong }) => ({
    what,
    value: [wrong, ...value.slice(1)],
  }));
  if (maxItems === undefined || maxItems > MOST) return first;
  const tooMany = Array.from({ length: maxItems + 1 }, () => value[0]);
  return [...first, { what: `${at} has too many`, value: tooMany }];
}

function inObject(
  document: ApiDocument,
  { properties = {}, required = [], additionalProperties }: Schema,
  value: Record<string, unknown>,
  at: string,
): Mutant[] {
  const without = (name: string) => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  return [
    ...required.map((name) => ({ what: `${at} lacks ${name}`, value: without(name) })),
    ...(additionalProperties === false
      ? ['unknown', 'constructor', 'toString'].map((name) => ({
          what: `${at} has ${name}`,
          value: { ...value, [name]: 'x' },
        }))
      : []),
    ...Object.entries(value).flatMap(([name, member]) =>
      mutantsOf(document, properties[name] ?? {}, member, `${at}/${name}`).map(({ what, value: wrong }) => ({
        what,
        value: { ...value, [name]: wrong },
      })),
    ),
  ];
}

/** The alternative that the value is of. */
function alternative(document: ApiDocument, schema: Schema, value: unknown): Schema {
  if (!schema.oneOf) return schema;
  const names = Object.keys(value as object);
  const fits = schema.oneOf
    .map((one) => document.resolve<Schema>(one))
    .find(({ properties = {}, required = [] }) => {
      const constants = Object.entries(properties).every(
        ([name, { const: constant }]) =>
          constant === undefined || (value as Record<string, unknown>)[name] === constant,
      );
      return (
        constants &&
        required.every((name) => names.includes(name)) &&
        names.every((name) => name in properties)
      );
    });
  if (!fits) throw new Error('the value is of no alternative');
  return fits;
}

const OF_TYPES: [string, unknown][] = [
  ['string', 'text'],
  ['integer', 7],
  ['boolean', true],
  ['object', {}],
  ['array', []],
];

function otherTypes(schema: Schema): unknown[] {
  const type = schema.type ?? (typeof schema.const === 'string' ? 'string' : undefined);
  if (type === undefined) return [];
  return [null, ...OF_TYPES.filter(([name]) => name !== type).map(([, value]) => value)];
}

function outOfBounds(schema: Schema): unknown[] {
  const { pattern, minLength, maxLength, minimum, maximum } = schema;
  const wrong: unknown[] = [];
  if (pattern !== undefined) wrong.push('ä\u0000', ' ');
  if (schema.enum || schema.const !== undefined) wrong.push('no-such-value');
  if (schema.type === 'integer') wrong.push(1.5, -1e300);
  if (minimum !== undefined) wrong.push(minimum - 1);
  if (maximum !== undefined) wrong.push(maximum + (maximum < Number.MAX_SAFE_INTEGER ? 1 : 2));
  if (minLength !== undefined && minLength > 0) wrong.push('x'.repeat(minLength - 1));
  if (maxLength !== undefined && maxLength <= LONGEST) wrong.push('x'.repeat(maxLength + 1));
  return wrong;
}

function describe(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}
