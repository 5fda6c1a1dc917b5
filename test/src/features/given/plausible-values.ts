import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { FUNCTIONS } from '@medaccord/chaincode/api';
import { type StatementKind, publicJwk, signStatement } from '@medaccord/gateway/client';
import type { ApiDocument } from './api-document.js';
import { type Special, valuesOf } from './api-samples.js';
import { decided, line } from './claim.js';
import { DAY } from './ids.js';
import { newKey } from './patient.js';
import type { Player } from './players.js';
import type { SmallWorld } from './small-world.js';

const ORGANISATIONS = ['hospital-a', 'hospital-b', 'lab-a', 'insurer-a'];
const KINDS: StatementKind[] = ['consent', 'consent', 'revocation', 'key', 'access'];
/** Days, before and after today. */
const SPAN = 730;
const TOKENS = ['radiology', 'note', 'sensitive', 'J18.9', 'policy-4711', 'patient', 'consent'];

export interface Plausible {
  special: Special;
  /** What the path may name. Practitioners are left out: others need them as they are. */
  inPath: (path: string) => Special;
}

/** Values with which requests get past the shapes and as far into the ledger as the world's own things go. */
export function plausibleValues(
  document: ApiDocument,
  world: SmallWorld,
  players: readonly Player[],
): Plausible {
  const plain = (name: string) => valuesOf(document, { $ref: `#/components/schemas/${name}` });
  const mostly = (values: readonly unknown[], otherwise: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: otherwise });
  const instant = fc
    .integer({ min: -SPAN, max: SPAN })
    .map((days) => new Date(Date.now() + days * DAY).toISOString());
  const sums = fc
    .array(fc.nat(10_000), { minLength: 1, maxLength: 3 })
    .map((prices) => prices.map((price, index) => line(index + 1, price)));
  const keys = [world.key, newKey(), newKey()].map((key) => publicJwk(key));
  const people = world.doctors.map(({ subject }) => subject);
  const common: Special = {
    OrganisationName: mostly(ORGANISATIONS, plain('OrganisationName')),
    Instant: fc.oneof({ weight: 6, arbitrary: instant }, plain('Instant')),
    CalendarDate: fc.oneof(
      { weight: 6, arbitrary: instant.map((text) => text.slice(0, 10)) },
      plain('CalendarDate'),
    ),
    Token: mostly(TOKENS, plain('Token')),
    PublicJwk: mostly(keys, plain('PublicJwk')),
    Pem: fc.constantFrom(
      ...players.map(({ identity }) => identity.certificate),
      `-----BEGIN CERTIFICATE-----\n${'A'.repeat(80)}\n-----END CERTIFICATE-----`,
    ),
    // Fresh ones, as clients make them; now and then one that was used.
    IdempotencyKey: fc.oneof(
      { weight: 12, arbitrary: fc.nat().map(() => randomUUID()) },
      fc.constantFrom('same-key-1', 'same-key-2'),
    ),
    Lines: fc.oneof({ weight: 3, arbitrary: sums }, plain('Lines')),
    LineDecision: mostly([decided(line(1, 4_000)), decided(line(2, 2_500), 100)], plain('LineDecision')),
  };
  const ids = Object.values(world.assets);
  const special: Special = { ...common, Id: mostly([...ids, ...people], plain('Id')) };
  return {
    special: { ...special, CompactJws: statements(document, special, world) },
    inPath(path) {
      const [, collection = ''] = /([\w-]+)\/\{id\}/.exec(path) ?? [];
      const own = world.assets[collection];
      return {
        ...common,
        Id: mostly(own === undefined ? ids : [...ids, ...ids.map(() => own)], plain('Id')),
      };
    },
  };
}

/** What the patient signs, about anything; sometimes with a key that is not the patient's, or as something else. */
function statements(
  document: ApiDocument,
  special: Special,
  { patient, key }: SmallWorld,
): fc.Arbitrary<unknown> {
  const of = (name: string) => valuesOf(document, { $ref: `#/components/schemas/${name}` }, special);
  const { Id = of('Id'), PublicJwk = of('PublicJwk'), Instant = of('Instant') } = special;
  const own = fc.record({ channel: fc.constant('care'), custodian: fc.constant(patient.organisation) });
  const about = fc.record({ id: of('Id'), patient: fc.constant(patient.subject), expiresAt: Instant });
  const statement = fc.oneof(
    of('Consent'),
    of('ConsentRevocation'),
    of('AccessStatement'),
    fc.record({ type: fc.constant('key-addition'), key: PublicJwk }),
    fc.record({ type: fc.constant('key-revocation'), kid: Id }),
    fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue()),
  );
  return fc
    .tuple(
      statement,
      own,
      about,
      fc.boolean(),
      fc.constantFrom(...KINDS),
      fc.constantFrom(key, key, newKey()),
    )
    .map(([content, where, whose, fitting, kind, signer]) =>
      signStatement({ ...(content as object), ...(fitting ? { ...where, ...whose } : {}) }, kind, signer),
    );
}

/** A call to prepare: any function of the contracts, with something for its argument. */
export function preparedCalls({ Id = fc.constant('') }: Special): fc.Arbitrary<unknown> {
  const other = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue());
  return fc.record(
    {
      function: fc.constantFrom(...Object.keys(FUNCTIONS)),
      input: fc.oneof(fc.record({ id: Id }), other),
      private: other,
    },
    { requiredKeys: ['function', 'input'], noNullPrototype: true },
  );
}
