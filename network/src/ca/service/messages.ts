import { z } from 'zod';
import { CaError } from '../ca-error.js';
import { IDENTITY_TYPES, type IdentityType, type RegisteredAttribute } from '../registry.js';

/** Requests as Fabric CA's clients send them; fields that do not concern this authority are ignored. */
const caname = z.string().max(128).nullish();
const Attribute = z.object({
  name: z.string().min(1).max(128),
  value: z.string().max(1024),
  ecert: z.boolean().nullish(),
});

export const RegisterRequest = z.object({
  id: z.string().max(256),
  type: z.string().max(64).nullish(),
  secret: z.string().max(256).nullish(),
  max_enrollments: z.number().int().min(-1).max(1_000_000).nullish(),
  affiliation: z.string().max(256).nullish(),
  attrs: z.array(Attribute).max(64).nullish(),
  caname,
});
export type RegisterRequest = z.infer<typeof RegisterRequest>;

export const ModifyRequest = z.object({
  type: z.string().max(64).nullish(),
  secret: z.string().max(256).nullish(),
  /** 0 leaves it, -2 is none at all: Fabric CA's own way. */
  max_enrollments: z.number().int().min(-2).max(1_000_000).nullish(),
  /** A dot is the root. */
  affiliation: z.string().max(256).nullish(),
  /** An empty value removes the attribute. */
  attrs: z.array(Attribute).max(64).nullish(),
  caname,
});
export type ModifyRequest = z.infer<typeof ModifyRequest>;

export const EnrollRequest = z.object({
  certificate_request: z.string().max(32_768),
  profile: z.string().max(64).nullish(),
  hosts: z.array(z.string().max(256)).max(64).nullish(),
  attr_reqs: z
    .array(z.object({ name: z.string().max(128), optional: z.boolean().nullish() }))
    .max(64)
    .nullish(),
  caname,
  /** How Fabric CA's own command says `caname` here. */
  CAName: caname,
});
export type EnrollRequest = z.infer<typeof EnrollRequest>;

export const RevokeRequest = z.object({
  id: z.string().max(256).nullish(),
  serial: z.string().max(128).nullish(),
  aki: z.string().max(256).nullish(),
  reason: z.string().max(64).nullish(),
  gencrl: z.boolean().nullish(),
  caname,
});
export type RevokeRequest = z.infer<typeof RevokeRequest>;

/** Go writes the absence of an instant as the year 1. */
const Time = z
  .string()
  .max(64)
  .nullish()
  .transform((text, context) => {
    if (!text || text.startsWith('0001-01-01')) return undefined;
    const time = Date.parse(text);
    if (!Number.isNaN(time)) return new Date(time);
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 instant' });
    return z.NEVER;
  });
export const GenCrlRequest = z.object({
  revokedafter: Time,
  revokedbefore: Time,
  expireafter: Time,
  expirebefore: Time,
  caname,
});
export type GenCrlRequest = z.infer<typeof GenCrlRequest>;

/**
 * The type of an identity; none, and Fabric CA's `user`, is a client.
 * @throws CaError REGISTRATION_INVALID
 */
export function typeOf(given: string | null | undefined): IdentityType {
  const wanted = given === 'user' || !given ? 'client' : given;
  const type = IDENTITY_TYPES.find((known) => known === wanted);
  if (type === undefined) {
    throw new CaError('REGISTRATION_INVALID', `type '${wanted}' is none of ${IDENTITY_TYPES.join(', ')}`);
  }
  return type;
}

export function attributesOf(given: RegisterRequest['attrs']): RegisteredAttribute[] {
  return (given ?? []).map(({ name, value, ecert }) => ({ name, value, ecert: ecert ?? false }));
}

/** @throws CaError BODY_EMPTY, BODY_INVALID naming the field */
export function readBody<T>(schema: z.ZodType<T>, body: Uint8Array): T {
  if (body.length === 0) throw new CaError('BODY_EMPTY', 'The request has no body');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new CaError('BODY_INVALID', 'The request body is no JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CaError('BODY_INVALID', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

/** Names of Fabric CA and their RFC 5280 numbers. */
const REASONS: Readonly<Record<string, number>> = {
  unspecified: 0,
  keycompromise: 1,
  cacompromise: 2,
  affiliationchanged: 3,
  superseded: 4,
  cessationofoperation: 5,
  certificatehold: 6,
  privilegewithdrawn: 9,
  aacompromise: 10,
};
export const REVOCATION_REASONS = Object.keys(REASONS);

/** An unknown reason is `unspecified`, as Fabric CA has it. */
export function reasonNumber(reason: string | null | undefined): number {
  return REASONS[(reason ?? '').toLowerCase()] ?? 0;
}
