import { connect } from 'node:tls';
import { UnreachablePeerError } from './connection.js';

/** The peer answers, but with a certificate that the configured authority did not issue. */
export class PeerCertificateError extends Error {
  override readonly name = 'PeerCertificateError';
  constructor(
    readonly endpoint: string,
    readonly reason: string,
  ) {
    super(`the certificate of peer ${endpoint} is not accepted (${reason})`);
  }
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);
const NETWORK_BREAKS = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Makes one TLS connection, so that what is wrong can be told apart: gRPC says "unavailable" for all of it. Waits for
 * a peer that is starting. @throws UnreachablePeerError, PeerCertificateError
 */
export async function checkPeer(endpoint: string, ca: Uint8Array, timeoutMs: number): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const code = await tryPeer(endpoint, ca, Math.min(3_000, Math.max(250, until - Date.now())));
    if (code === undefined) return;
    if (!NETWORK_CODES.has(code) && !NETWORK_BREAKS.has(code)) throw new PeerCertificateError(endpoint, code);
    if (Date.now() + 250 > until) throw new UnreachablePeerError(endpoint);
    await new Promise((resume) => setTimeout(resume, 250));
  }
}

/** @returns undefined where it works, else the error's code. */
function tryPeer(endpoint: string, ca: Uint8Array, timeoutMs: number): Promise<string | undefined> {
  const [host = '', port = ''] = endpoint.split(':');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port),
      servername: host,
      ca: Buffer.from(ca),
      ALPNProtocols: ['h2'],
    });
    const end = (code?: string) => {
      socket.destroy();
      resolve(code);
    };
    socket.setTimeout(timeoutMs, () => {
      end('ETIMEDOUT');
    });
    socket.once('secureConnect', () => {
      end();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code ?? 'TLS_FAILED');
    });
  });
}
