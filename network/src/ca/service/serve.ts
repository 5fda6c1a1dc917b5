import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CodedError } from '../../coded-error.js';
import type { CertificateAuthority } from '../certificate-authority.js';
import { createCaApp, type CaRequestLog } from './app.js';

export interface CaServiceOptions {
  /** 0: any free one. */
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly log?: (entry: CaRequestLog) => void;
}

export interface CaService {
  readonly url: string;
  /** Finishes the requests under way. */
  close(): Promise<void>;
}

/**
 * Serves an authority over HTTPS on localhost.
 * @throws CodedError PORT_TAKEN
 */
export async function serveCa(
  authority: CertificateAuthority,
  options: CaServiceOptions,
): Promise<CaService> {
  const app = createCaApp(authority, options.log ?? (() => undefined));
  const server = createServer(
    { cert: options.certificate, key: options.privateKey, minVersion: 'TLSv1.2', requestTimeout: 30_000 },
    app,
  );
  server.listen(options.port, 'localhost');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CodedError('PORT_TAKEN', `port ${options.port} of ${authority.name} is taken`, {
      hint: 'stop what listens there, or start the consortium with --port-offset',
    });
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}
