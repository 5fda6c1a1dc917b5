import { z } from 'zod';
import { CaError } from '../ca-error.js';
import { normalHex, type CertificateAuthority } from '../certificate-authority.js';
import { canManage, hasFlag, isRegistrar } from '../registrar-rules.js';
import type { IssuedCertificate } from '../registry.js';
import type { TokenCaller } from '../token.js';

const text = z.string().max(256).default('');
const flag = z.enum(['true', 'false', '']).default('');
const Query = z.object({
  id: text,
  serial: text,
  aki: text,
  revoked_start: text,
  revoked_end: text,
  expired_start: text,
  expired_end: text,
  notrevoked: flag,
  notexpired: flag,
});
type Query = z.infer<typeof Query>;

/**
 * Fabric CA's `certificates`: what a registrar or revoker finds of those whom it may manage.
 * @param query as it came: `id`, `serial`, `aki`, `notrevoked`, `notexpired`, and instants or spans from now
 * (`-30d`, `+72h`) in `revoked_start`, `revoked_end`, `expired_start`, `expired_end`
 */
export function listCertificates(authority: CertificateAuthority, caller: TokenCaller, query: unknown) {
  if (!isRegistrar(caller.identity) && !hasFlag(caller.identity, 'hf.Revoker')) {
    throw new CaError('NOT_REGISTRAR', `'${caller.identity.id}' is neither registrar nor revoker`);
  }
  const fits = filterOf(query, Date.now());
  const certs = authority.registry.certificates().filter((certificate) => {
    const owner = authority.registry.identity(certificate.id);
    return owner !== undefined && canManage(caller.identity, owner) && fits(certificate);
  });
  return { certs: certs.map(({ pem }) => ({ PEM: pem })), caname: authority.name };
}

function filterOf(query: unknown, now: number): (certificate: IssuedCertificate) => boolean {
  const parsed = Query.safeParse(query);
  if (!parsed.success) throw invalid(`'${String(parsed.error.issues[0]?.path[0])}' is not valid`);
  const wanted: Query = parsed.data;
  const at = (name: 'revoked_start' | 'revoked_end' | 'expired_start' | 'expired_end') =>
    instantOf(name, wanted[name], now);
  const revoked = { from: at('revoked_start'), to: at('revoked_end') };
  const expired = { from: at('expired_start'), to: at('expired_end') };
  const notRevoked = wanted.notrevoked === 'true';
  const notExpired = wanted.notexpired === 'true';
  if (notExpired && isSet(expired)) {
    throw invalid("Can't specify expiration time filter and the 'notexpired' filter");
  }
  if (notRevoked && isSet(revoked)) {
    throw invalid("Can't specify revocation time filter and the 'notrevoked' filter");
  }
  return ({ id, serial, authorityKeyId, notAfter, revokedAt }) =>
    (wanted.id === '' || wanted.id === id) &&
    (wanted.serial === '' || normalHex(wanted.serial) === serial) &&
    (wanted.aki === '' || normalHex(wanted.aki) === authorityKeyId) &&
    within(Date.parse(notAfter), notExpired ? { from: now } : expired) &&
    (!notRevoked || revokedAt === undefined) &&
    (!isSet(revoked) || (revokedAt !== undefined && within(Date.parse(revokedAt), revoked)));
}

interface Span {
  readonly from?: number;
  readonly to?: number;
}

function isSet({ from, to }: Span): boolean {
  return from !== undefined || to !== undefined;
}

function within(time: number, { from = -Infinity, to = Infinity }: Span): boolean {
  return time >= from && time <= to;
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** An RFC 3339 instant, a date, or a span from now. */
function instantOf(name: string, given: string, now: number): number | undefined {
  if (given === '') return undefined;
  const span = /^([+-])(\d{1,9})([dhms])$/i.exec(given);
  if (span !== null) {
    const [, sign, count, unit = ''] = span;
    return now + (sign === '-' ? -1 : 1) * Number(count) * (UNITS[unit.toLowerCase()] ?? 0);
  }
  const time = Date.parse(given);
  if (Number.isNaN(time)) throw invalid(`Invalid '${name}' value`);
  return time;
}

function invalid(reason: string): CaError {
  return new CaError('CERTIFICATE_FILTER_INVALID', `Invalid Request: ${reason}`);
}
