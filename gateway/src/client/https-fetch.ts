import { Agent, request as send, type RequestOptions } from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

export interface TlsOptions {
  /** PEM of the issuer of the gateway's certificate; the system's issuers where left out. */
  readonly ca?: string | Uint8Array;
  /** PEM, for mutual TLS. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** Connections open at once. */
  readonly connections?: number;
}

export type FetchRequest = (request: Request) => Promise<Response>;

export interface HttpsFetch {
  readonly fetch: FetchRequest;
  /** Closes idle connections. */
  close(): void;
}

/** `fetch` with the TLS settings that the platform's own cannot take. */
export function httpsFetch({ ca, cert, key, connections = 64 }: TlsOptions): HttpsFetch {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(cert === undefined ? {} : { cert: Buffer.from(cert) }),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
  });
  return {
    async fetch(request) {
      const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
      return await exchange(request, body, agent);
    },
    close() {
      agent.destroy();
    },
  };
}

function exchange(request: Request, body: Buffer | undefined, agent: Agent): Promise<Response> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      agent,
      method: request.method,
      headers: {
        ...Object.fromEntries(request.headers),
        ...(body === undefined ? {} : { 'content-length': body.length }),
      },
      signal: request.signal,
    };
    const call = send(request.url, options, (answer) => {
      const headers = new Headers();
      for (const [name, values] of Object.entries(answer.headersDistinct)) {
        for (const value of values ?? []) headers.append(name, value);
      }
      const status = answer.statusCode ?? 502;
      const isEmpty = status === 204 || status === 304;
      if (isEmpty) answer.resume();
      const content = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
      resolve(
        new Response(content, {
          status,
          headers,
          ...(answer.statusMessage && { statusText: answer.statusMessage }),
        }),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}
