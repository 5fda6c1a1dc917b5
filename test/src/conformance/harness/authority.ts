import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { request } from 'node:https';
import * as x509 from '@peculiar/x509';
import type { CertificateService, NetworkIdentity, NetworkOrganisation } from '../network.js';
import { signAs } from './clients.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** An answer of Fabric CA's REST API. */
export interface CaAnswer {
  readonly status: number;
  readonly result: Record<string, unknown>;
  readonly errors: readonly { readonly code: number; readonly message: string }[];
}

/** An organisation's authority by Fabric CA's REST API, as small as a client of it can be. */
export class Authority {
  readonly #mspId: string;
  readonly #service: CertificateService;

  constructor({ mspId, certificateService }: NetworkOrganisation) {
    this.#mspId = mspId;
    this.#service = certificateService;
  }

  info(): Promise<CaAnswer> {
    return this.#send('GET', 'cainfo', '', undefined);
  }

  /** What that identity asks for, signed with its key. @param tamper changes the body after it was signed. */
  async as(
    identity: NetworkIdentity,
    path: string,
    body: object,
    tamper = (text: string): string => text,
  ): Promise<CaAnswer> {
    const text = JSON.stringify(body);
    const base64 = (part: string): string => Buffer.from(part).toString('base64');
    const certificate = base64(identity.certificate);
    const signed = ['POST', base64(`/api/v1/${path}`), base64(text), certificate].join('.');
    const signature = Buffer.from(await signAs(identity, Buffer.from(signed))).toString('base64');
    return this.#send('POST', path, tamper(text), `${certificate}.${signature}`);
  }

  /** A first certificate, for the secret of a registration. */
  async enroll(id: string, secret: string): Promise<{ answer: CaAnswer; identity: NetworkIdentity }> {
    const { csr, privateKey } = await signingRequest(id);
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const answer = await this.#send(
      'POST',
      'enroll',
      JSON.stringify({ certificate_request: csr }),
      authorization,
    );
    return { answer, identity: this.#identity(answer, privateKey) };
  }

  /** Another one, for a new key. */
  async reenroll(as: NetworkIdentity, id: string): Promise<{ answer: CaAnswer; identity: NetworkIdentity }> {
    const { csr, privateKey } = await signingRequest(id);
    const answer = await this.as(as, 'reenroll', { certificate_request: csr });
    return { answer, identity: this.#identity(answer, privateKey) };
  }

  /** Registers and enrolls. @throws Error where the authority refuses. */
  async newIdentity(registrar: NetworkIdentity, id: string): Promise<NetworkIdentity> {
    const { result, errors } = await this.as(registrar, 'register', { id, type: 'client' });
    const { answer, identity } = await this.enroll(id, String(result['secret']));
    if (answer.status !== 201) throw new Error(JSON.stringify([...errors, ...answer.errors]));
    return identity;
  }

  #identity({ result }: CaAnswer, privateKey: string): NetworkIdentity {
    const certificate = Buffer.from(String(result['Cert'] ?? ''), 'base64').toString('utf8');
    return { mspId: this.#mspId, certificate, privateKey };
  }

  #send(method: string, path: string, body: string, authorization: string | undefined): Promise<CaAnswer> {
    const { url, tlsRoots } = this.#service;
    const headers = authorization === undefined ? {} : { authorization };
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}/api/v1/${path}`,
        { method, ca: tlsRoots, headers, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Omit<CaAnswer, 'status'>;
            resolve({ ...answer, status: response.statusCode ?? 0 });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** PEM of a PKCS#10 request for a new key, and the key. */
async function signingRequest(commonName: string): Promise<{ csr: string; privateKey: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const privateKey = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { csr: made.toString('pem'), privateKey: String(privateKey) };
}
