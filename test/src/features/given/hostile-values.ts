import fc from 'fast-check';

const DEEP = '['.repeat(2_000);

/** What somebody may put where something else is asked for. */
const NASTY: unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, -0, [], {}, [[[[[[]]]]]], { length: 7 }],
  ...[
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u202egnp',
    '../../etc/passwd',
    "' OR 1=1 --",
    '<script>',
    '${7*7}',
    '%00',
  ],
  ...[
    'null',
    '__proto__',
    'constructor',
    '0'.repeat(32),
    'f'.repeat(64),
    'é'.repeat(2_000),
    '\u{1f691}',
    '1e999',
  ],
];
/** For places that HTTP itself narrows. */
const NASTY_TEXTS = NASTY.filter(
  (value): value is string => typeof value === 'string' && value !== '' && !value.includes('\ud800'),
);

export function hostileTexts(): fc.Arbitrary<string> {
  return fc.constantFrom(...NASTY_TEXTS);
}

/** A value with one place spoiled: replaced, left out, added, or wrapped. */
export function spoilt(value: unknown): fc.Arbitrary<unknown> {
  const hostile = fc.oneof(fc.constantFrom(...NASTY), fc.jsonValue({ maxDepth: 2 }));
  return fc
    .tuple(hostile, fc.array(fc.nat(64), { minLength: 6, maxLength: 6 }))
    .map(([wrong, steps]) => spoil(value, wrong, steps));
}

function spoil(value: unknown, wrong: unknown, [step = 0, how = 0, ...further]: number[]): unknown {
  if (typeof value !== 'object' || value === null) return wrong;
  const entries = Object.entries(value);
  const at = step % (entries.length + 2);
  if (at === entries.length) return { ...value, [typeof wrong === 'string' ? wrong : 'more']: wrong };
  if (at > entries.length) return how % 2 === 0 ? [value] : wrong;
  const changed = entries.flatMap(([name, member], index): [string, unknown][] => {
    if (index !== at) return [[name, member]];
    return how % 4 === 0 ? [] : [[name, spoil(member, wrong, further)]];
  });
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}

/** JSON with one place broken or strange, as text. */
export function brokenJson(text: string): fc.Arbitrary<string> {
  const somewhere = fc.nat(Math.max(0, text.length - 1));
  return fc.oneof(
    somewhere.map((at) => text.slice(0, at)),
    fc
      .tuple(
        somewhere,
        fc.constantFrom('"', '{', '}', '\\', ',', '\u0000', '\u{feff}', '1e999', '\\ud800', DEEP),
      )
      .map(([at, junk]) => text.slice(0, at) + junk + text.slice(at)),
    fc.constantFrom(
      `${text}${text}`,
      `{"__proto__":${text}}`,
      `[${text}]`,
      text.replace('{', '{"id":1,"id":2,'),
    ),
    fc.constant(text.replaceAll(/\d+/g, '99999999999999999999999')),
  );
}

const HEADERS: [string, string[]][] = [
  [
    'content-type',
    ['text/plain', 'application/json; charset=latin1', 'application/JSON', 'multipart/form-data'],
  ],
  ['content-encoding', ['gzip', 'identity']],
  ['accept', ['application/xml', '*/*;q=0']],
  ['accept-encoding', ['br;q=9', '\u00ff']],
  ['if-match', ['*', '"1"', '"999999999.1"', 'W/"1"', '1']],
  ['prefer', ['respond-async', 'respond-async, wait=0', 'x'.repeat(65)]],
  ['dpop', ['a.b.c', 'x'.repeat(5_000)]],
  ['idempotency-key', ['x', 'key with spaces', 'k'.repeat(129)]],
  ['last-event-id', ['1.1', '999999999999.999999', 'x']],
  ['x-request-id', ['mine', '\u00ff']],
  ['x-http-method-override', ['DELETE']],
  ['x-forwarded-for', ['127.0.0.1']],
  ['cookie', ['token=x']],
  ['origin', ['https://evil.example', 'null']],
  ['range', ['bytes=0-1']],
];

/** Headers that a client may send, whether they help or not. */
export function strangeHeaders(): fc.Arbitrary<Record<string, string>> {
  const one = fc.oneof(
    ...HEADERS.map(([name, values]) => fc.constantFrom(...values).map((value) => [name, value] as const)),
  );
  return fc.array(one, { minLength: 1, maxLength: 2 }).map((pairs) => Object.fromEntries(pairs));
}
