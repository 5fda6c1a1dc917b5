import type { TLSSocket } from 'node:tls';
import type { Request } from 'express';
import type { Credentials } from '../auth/index.js';
import { Problem } from '../errors.js';

/** What a request shows of its sender. The certificate is what TLS proved possession of; its chain is checked later. */
export function credentialsOf(request: Request, origin: string): Credentials {
  return {
    method: request.method,
    url: `${origin}${request.path}`,
    authorization: request.headers.authorization,
    proof: singleHeader(request, 'dpop'),
    clientCertificate: clientCertificate(request),
  };
}

export function clientCertificate(request: Request): Uint8Array | undefined {
  const socket = request.socket as TLSSocket;
  if (typeof socket.getPeerX509Certificate !== 'function') return undefined;
  return socket.getPeerX509Certificate()?.raw;
}

/** @throws Problem REQUEST_INVALID where it is sent twice: two proofs are none. */
export function singleHeader(request: Request, name: string): string | undefined {
  const values = request.headersDistinct[name];
  if (values !== undefined && values.length > 1)
    throw new Problem('REQUEST_INVALID', `${name} is sent twice`);
  return values?.[0];
}
