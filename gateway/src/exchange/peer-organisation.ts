import { X509Certificate } from 'node:crypto';
import { normalSerial } from '../identity/index.js';
import { ExchangeError } from './exchange-error.js';
import type { RevokedSerials } from './tls-revocations.js';

export interface ExchangeOrganisation {
  readonly name: string;
  readonly domain: string;
  /** PEM of the organisation's TLS certificate authority: its pin. */
  readonly tlsCa: string;
  /** Left out: its TLS certificates are not taken back before they end. */
  readonly revoked?: RevokedSerials;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * The organisation whose pinned TLS authority issued the certificate itself; only its gateway speaks for it. The same
 * authority issues to peers, orderers and users: a gateway's certificate is for server and client, and names the host
 * `gateway.<domain>`.
 * @throws ExchangeError ORGANISATION_UNKNOWN, CERTIFICATE_REVOKED, CERTIFICATE_STATUS_UNKNOWN
 */
export async function organisationOf(
  certificate: X509Certificate | undefined,
  organisations: readonly ExchangeOrganisation[],
): Promise<string> {
  const found = organisations.find(({ tlsCa }) => {
    const authority = new X509Certificate(tlsCa);
    return certificate?.checkIssued(authority) === true && certificate.verify(authority.publicKey);
  });
  if (certificate === undefined || found === undefined || !isGateway(certificate, found.domain)) {
    throw new ExchangeError(
      'ORGANISATION_UNKNOWN',
      'the client certificate is no gateway of a known organisation',
    );
  }
  if (isRevoked(certificate, (await found.revoked?.()) ?? new Set())) {
    throw new ExchangeError('CERTIFICATE_REVOKED', 'the client certificate is revoked');
  }
  return found.name;
}

/** Whether the organisation's TLS authority issued it to the gateway, and not to a node or a person. */
export function isGateway(certificate: X509Certificate, domain: string): boolean {
  const usages = certificate.keyUsage as readonly string[] | undefined;
  const host = certificate.checkHost(`gateway.${domain}`, { subject: 'never', wildcards: false });
  return host !== undefined && usages?.includes(SERVER_AUTH) === true && usages.includes(CLIENT_AUTH);
}

export function isRevoked(certificate: X509Certificate, revoked: ReadonlySet<string>): boolean {
  return revoked.has(normalSerial(certificate.serialNumber));
}
