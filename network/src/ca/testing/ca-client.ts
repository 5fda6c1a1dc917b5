import '../../pki/provider.js';
import { request } from 'node:https';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { generateKeyPair, type KeyPair } from '../../pki/index.js';
import { createToken } from '../token.js';

export interface Enrolment {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CaAnswer {
  readonly status: number;
  readonly body: {
    readonly result: Record<string, unknown>;
    readonly errors: readonly { code: number; message: string }[];
    readonly messages: readonly unknown[];
    readonly success: boolean;
  };
}

/** A client of Fabric CA's REST API as small as it can be, for tests. */
export class CaClient {
  constructor(
    readonly url: string,
    readonly tlsCa: string,
  ) {}

  /** A request signed as `as`; `tamper` changes the body after it was signed. */
  signed(as: Enrolment, method: string, path: string, body?: unknown, tamper?: (body: string) => string) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const signedRequest = { method, uri: `/api/v1/${path}`, body: Buffer.from(text) };
    const token = createToken(signedRequest, as.certificate, as.privateKey);
    return this.send(method, path, tamper === undefined ? text : tamper(text), token);
  }

  enroll(id: string, secret: string, csr: string, more: Record<string, unknown> = {}) {
    const credentials = Buffer.from(`${id}:${secret}`).toString('base64');
    const body = JSON.stringify({ certificate_request: csr, ...more });
    return this.send('POST', 'enroll', body, `Basic ${credentials}`);
  }

  send(method: string, path: string, body = '', authorization?: string): Promise<CaAnswer> {
    return new Promise((resolve, reject) => {
      const headers = authorization === undefined ? {} : { authorization };
      const sent = request(`${this.url}/api/v1/${path}`, { method, ca: this.tlsCa, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as CaAnswer['body'];
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** A PKCS#10 request for a new key. */
export async function newCsr(
  commonName: string,
  hosts: string[] = [],
): Promise<{ csr: string; keys: KeyPair }> {
  const keys = await generateKeyPair();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }, { OU: ['admin'] }],
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions:
      hosts.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value })))],
  });
  return { csr: request.toString('pem'), keys };
}

/** The certificate of an enrolment answer, as PEM. */
export function certificateOf(answer: CaAnswer): string {
  return Buffer.from(String(answer.body.result['Cert']), 'base64').toString('utf8');
}
