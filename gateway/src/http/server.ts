import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { HttpApp } from './app.js';

export interface ServerOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly cert: string;
  readonly key: string;
  /** Issuers whose client certificates are asked for; a certificate is optional and checked by `auth`. */
  readonly clientCas: readonly string[];
}
export interface RunningServer {
  readonly origin: string;
  /** Takes no new connections, finishes what runs (for at most `graceMs`), then closes all. */
  close(graceMs: number): Promise<void>;
}

/** HTTPS with optional client certificates. */
export async function startServer({ app, drain }: HttpApp, options: ServerOptions): Promise<RunningServer> {
  const server: Server = createServer(
    {
      cert: options.cert,
      key: options.key,
      ca: [...options.clientCas],
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      maxHeaderSize: 32_768,
      headersTimeout: 15_000,
      requestTimeout: 120_000,
      keepAliveTimeout: 65_000,
    },
    app,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://${options.host}:${port}`,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await Promise.race([drain(), new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
      server.closeAllConnections();
      clearTimeout(timer);
      await closed;
    },
  };
}
