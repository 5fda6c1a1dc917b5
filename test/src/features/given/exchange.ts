import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Consortium } from '../../consortium/index.js';

/** What shows a gateway to other gateways. */
export interface ExchangeCertificate {
  cert: string;
  key: string;
}

/** The certificate that an organisation's own gateway uses, as somebody who runs that gateway has it. */
export async function exchangeCertificate(
  consortium: Consortium,
  organisation: string,
): Promise<ExchangeCertificate> {
  const folder = join(consortium.home, 'gateways', organisation);
  const { exchange } = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as {
    exchange: { certFile: string; keyFile: string };
  };
  const read = (file: string) => readFile(file.startsWith('/') ? file : join(folder, file), 'utf8');
  return { cert: await read(exchange.certFile), key: await read(exchange.keyFile) };
}

export interface ExchangeAnswer {
  status: number;
  body: Record<string, unknown>;
}

/** One request to the exchange port of a custodian. @throws Error where TLS refuses the connection. */
export async function askExchange(
  consortium: Consortium,
  custodian: string,
  path: string,
  body: unknown,
  certificate?: ExchangeCertificate,
): Promise<ExchangeAnswer> {
  const { gateway } = consortium.organisation(custodian);
  const { ca } = await consortium.gateway(custodian);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call = request(
      { host: 'localhost', port: gateway.exchange, path, method: 'POST', ca, agent: false, ...certificate },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
        response.on('error', reject).on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            body: JSON.parse(answer) as Record<string, unknown>,
          });
        });
      },
    );
    call.setHeader('content-type', 'application/json');
    call.on('error', reject);
    call.end(text);
  });
}
