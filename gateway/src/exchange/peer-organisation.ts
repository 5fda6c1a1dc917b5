import { X509Certificate } from 'node:crypto';
import { ExchangeError } from './exchange-error.js';

export interface ExchangeOrganisation {
  readonly name: string;
  /** PEM of the organisation's TLS certificate authority: its pin. */
  readonly tlsCa: string;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * The organisation whose pinned TLS authority issued the certificate itself. Names in the certificate say nothing:
 * any authority could write them. A gateway's certificate is for server and client; a user's TLS certificate, which
 * the same authority issues, is for clients alone and speaks for no organisation.
 * @throws ExchangeError ORGANISATION_UNKNOWN
 */
export function organisationOf(
  certificate: X509Certificate | undefined,
  organisations: readonly ExchangeOrganisation[],
): string {
  const usages = certificate?.keyUsage as readonly string[] | undefined;
  const found = organisations.find(({ tlsCa }) => {
    const authority = new X509Certificate(tlsCa);
    return certificate?.checkIssued(authority) === true && certificate.verify(authority.publicKey);
  });
  if (found === undefined || usages?.includes(SERVER_AUTH) !== true || !usages.includes(CLIENT_AUTH)) {
    throw new ExchangeError(
      'ORGANISATION_UNKNOWN',
      'the client certificate is no gateway of a known organisation',
    );
  }
  return found.name;
}
