import 'reflect-metadata';
import type { KeyObject } from 'node:crypto';
import { request } from 'node:https';
import { X509Crl } from '@peculiar/x509';
import { Problem } from '../errors.js';
import { normalSerial, type Revocations } from './certificate.js';
import { signLowS } from './low-s.js';

export interface RevocationSource {
  /** Of the organisation's certificate authority. */
  readonly url: string;
  readonly caName: string;
  readonly tlsCa: string;
  /** This gateway's service identity, which asks for the list. */
  readonly certificate: string;
  readonly key: KeyObject;
}

const FRESH_MS = 1_000;
/** A list that cannot be renewed counts until its own nextUpdate, and never longer than a day. */
const STALE_MS = 86_400_000;
const CLOCK_SKEW_MS = 86_400_000;

interface CachedList {
  readonly serials: ReadonlySet<string>;
  readonly fetchedAt: number;
  readonly usableUntil: number;
}

/**
 * The CA's revocation list over Fabric CA's REST API (`gencrl`), kept for a second. Concurrent askers share one
 * request.
 */
export function caRevocations(source: RevocationSource, fetchCrl = () => fetchList(source)): Revocations {
  let cached: CachedList | undefined;
  let pending: Promise<CachedList> | undefined;
  const refresh = async (): Promise<CachedList> => {
    const crl = new X509Crl(derOf(await fetchCrl()));
    // Without nextUpdate, which RFC 5280 demands, the parser finds no entries: that is not "nothing is revoked".
    if (crl.nextUpdate === undefined) throw new Error('the list says no nextUpdate');
    const now = Date.now();
    cached = {
      serials: new Set(crl.entries.map(({ serialNumber }) => normalSerial(serialNumber))),
      fetchedAt: now,
      usableUntil: Math.min(crl.nextUpdate.getTime(), now + STALE_MS),
    };
    return cached;
  };
  return {
    async isRevoked(serial) {
      if (cached !== undefined && Date.now() - cached.fetchedAt < FRESH_MS) return cached.serials.has(serial);
      pending ??= refresh().finally(() => {
        pending = undefined;
      });
      try {
        return (await pending).serials.has(serial);
      } catch (cause) {
        if (cached !== undefined && Date.now() < cached.usableUntil) return cached.serials.has(serial);
        throw new Problem('CERTIFICATE_STATUS_UNKNOWN', 'the certificate authority cannot be asked', {
          retryAfter: 5,
          cause,
        });
      }
    },
  };
}

/** Asks the CA for its list; the request is signed as Fabric CA's clients do. */
async function fetchList(source: RevocationSource): Promise<string> {
  // Expired certificates are refused anyway; asking for a part keeps the CA from publishing a list each time.
  const expireafter = new Date(Date.now() - CLOCK_SKEW_MS).toISOString();
  const body = JSON.stringify({ caname: source.caName, expireafter });
  const path = '/api/v1/gencrl';
  const encodeBytes = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const encode = (text: string) => encodeBytes(Buffer.from(text, 'utf8'));
  const certificate = encode(source.certificate);
  const message = ['POST', encode(path), encode(body), certificate].join('.');
  // Fabric CA refuses a high s, as peers do.
  const signature = encodeBytes(signLowS(Buffer.from(message), source.key));
  const text = await post(new URL(path, source.url), source.tlsCa, body, `${certificate}.${signature}`);
  const answer = JSON.parse(text) as { success?: boolean; result?: { CRL?: string } };
  if (answer.success !== true || answer.result?.CRL === undefined) throw new Error('the CA sent no list');
  return Buffer.from(answer.result.CRL, 'base64').toString('utf8');
}

/** Whatever its PEM label: tools differ between `CRL` and `X509 CRL`. */
function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
}

function post(url: URL, ca: string, body: string, authorization: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        ca,
        timeout: 5_000,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          authorization,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`the CA answered ${answer.statusCode ?? 0}`));
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error('the CA did not answer in 5 s')));
    call.on('error', reject);
    call.end(body);
  });
}
