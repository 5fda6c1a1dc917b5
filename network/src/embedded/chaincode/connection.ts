import { credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { ChaincodeError } from './chaincode-error.js';
import { parseJson, type ChaincodePackage, type Connection } from './chaincode-package.js';

const CONNECTION_FILE = 'connection.json';
const DURATION = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** How a peer dials a chaincode. */
export interface DialOptions {
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly serverName: string | undefined;
  /** Milliseconds; undefined: the default. */
  readonly dialTimeoutMs: number | undefined;
}

/**
 * What `connection.json` says. Only packages of type `ccaas` can be run here: nothing is built, and no container is
 * started.
 * @throws ChaincodeError (BAD_PACKAGE) in the words of Fabric's peer, or of its builder for such packages.
 */
export function dialOptions({ type, code }: ChaincodePackage): DialOptions {
  if (type.toLowerCase() !== 'ccaas') throw bad('no DockerBuilder, cannot build');
  const file = code.get(CONNECTION_FILE);
  if (file === undefined) throw bad(`${CONNECTION_FILE} not found`);
  const connection = parseJson(
    file,
    `malformed chaincode info at '${CONNECTION_FILE}'`,
  ) as Partial<Connection>;
  const { address } = connection;
  if (typeof address !== 'string' || address === '') throw bad('chaincode address not provided');
  return {
    address,
    credentials: credentialsOf(connection),
    serverName: connection.domain === '' ? undefined : connection.domain,
    dialTimeoutMs: connection.dial_timeout ? milliseconds(connection.dial_timeout) : undefined,
  };
}

function credentialsOf(connection: Partial<Connection>): ChannelCredentials {
  if (connection.tls_required !== true) return credentials.createInsecure();
  const { client_auth_required: clientAuth, client_key: key, client_cert: certificate } = connection;
  if (clientAuth === true && !key) throw bad('chaincode tls key not provided');
  if (clientAuth === true && !certificate) throw bad('chaincode tls cert not provided');
  if (!connection.root_cert) throw bad('chaincode tls root cert not provided');
  try {
    return clientAuth === true && key && certificate
      ? credentials.createSsl(Buffer.from(connection.root_cert), Buffer.from(key), Buffer.from(certificate))
      : credentials.createSsl(Buffer.from(connection.root_cert));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw bad(`chaincode tls certificates cannot be used: ${reason}`);
  }
}

/** Of a duration as Go writes it. @throws ChaincodeError (BAD_PACKAGE). */
function milliseconds(text: unknown): number {
  // A number is in nanoseconds, as in Go.
  if (typeof text === 'number') return text / 1e6;
  if (typeof text !== 'string' || text.replaceAll(DURATION, '') !== '') throw bad('invalid duration');
  return [...text.matchAll(DURATION)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );
}

function bad(reason: string): ChaincodeError {
  return new ChaincodeError('BAD_PACKAGE', reason);
}
