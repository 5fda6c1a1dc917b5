import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { GatewayAddress } from '../../consortium/index.js';

/** One request, byte for byte as the test wants it. */
export interface RestCall {
  method: string;
  /** With query, as it goes over the wire. */
  path: string;
  headers?: Record<string, string | string[]>;
  /** Text as it is; `unfinished`: the headers alone, and never a byte of the body that they announce. */
  body?: string | Uint8Array | 'unfinished';
}

export interface RestAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What TLS shows of the caller, where anything. */
export interface ClientCertificate {
  cert: string;
  key: string;
}

/** A gateway's REST port without any help of a client library. */
export class RestDoor {
  private readonly agent: Agent;

  constructor(
    readonly address: GatewayAddress,
    certificate?: ClientCertificate,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: 32, ca: address.ca, ...certificate });
  }

  /** @throws Error where the connection broke. Of an event stream the headers alone are read. */
  ask({ method, path, headers = {}, body }: RestCall): Promise<RestAnswer> {
    return new Promise((resolve, reject) => {
      const url = new URL(this.address.baseUrl);
      const options = { host: url.hostname, port: url.port, path, method, agent: this.agent };
      const call = request(
        { ...options, headers: { ...lengthOf(body, headers), ...headers } },
        (response) => {
          const answer = { status: response.statusCode ?? 0, headers: response.headers };
          if (body === 'unfinished' || response.headers['content-type']?.startsWith('text/event-stream')) {
            response.once('data', (chunk: Buffer) => {
              resolve({ ...answer, text: chunk.toString() });
              call.destroy();
            });
          } else {
            textOf(response).then((text) => resolve({ ...answer, text }), reject);
          }
        },
      );
      call.on('error', reject);
      if (body === 'unfinished') call.flushHeaders();
      else call.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Said of every body, also where a method hardly ever has one; but for those that come in chunks. */
function lengthOf(body: RestCall['body'], headers: RestCall['headers'] = {}): Record<string, string> {
  if (body === undefined || body === 'unfinished' || 'transfer-encoding' in headers) return {};
  return { 'content-length': String(Buffer.byteLength(body)) };
}

export function jsonOf({ text }: RestAnswer): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
