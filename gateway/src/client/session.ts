import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { components } from '../http/openapi.gen.js';
import type { FetchRequest } from './https-fetch.js';
import { createProofKey } from './proof.js';

type Problem = components['schemas']['Problem'];

/** A refusal of the gateway, as its RFC 9457 problem told it. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(`${status} ${problem.code ?? ''}: ${problem.detail ?? problem.title ?? 'refused'}`);
  }

  get code(): string | undefined {
    return this.problem.code;
  }
}

/** Where requests get their credentials. */
export interface Session {
  /** Headers for one request; logs in first where there is no token, or one about to end. */
  authorize(method: string, url: string): Promise<Record<string, string>>;
  /** Forgets the token, so that the next request logs in again. */
  renew(): void;
}

export interface LoginOptions {
  readonly baseUrl: string;
  /** PEM of the certificate that the own organisation issued. */
  readonly certificate: string;
  /** PEM or key object of its key, which stays here. */
  readonly privateKey: string | KeyObject;
  /** Bound to a key of this process (DPoP, the default), or a plain bearer token, which only development gives. */
  readonly binding?: 'dpop' | 'none';
}

interface Token {
  readonly token: string;
  readonly tokenType: string;
  readonly endsAt: number;
}

/** Renewed so long before its end. */
const MARGIN_MS = 60_000;

/** Logs in by challenge, when the first request needs it, and again before a token ends. */
export async function createSession(options: LoginOptions, fetch: FetchRequest): Promise<Session> {
  const proofKey = options.binding === 'none' ? undefined : await createProofKey();
  const key =
    typeof options.privateKey === 'string' ? createPrivateKey(options.privateKey) : options.privateKey;
  let current: Promise<Token> | undefined;

  const logIn = async (): Promise<Token> => {
    const { certificate, baseUrl } = options;
    const { challenge } = await post<{ challenge: string }>(fetch, new URL('/v1/auth/challenges', baseUrl), {
      certificate,
    });
    const signature = sign('sha256', Buffer.from(challenge, 'utf8'), { key, dsaEncoding: 'ieee-p1363' });
    const url = new URL('/v1/auth/tokens', baseUrl);
    const issued = await post<{ token: string; tokenType: string; expiresIn: number }>(
      fetch,
      url,
      { challenge, certificate, signature: signature.toString('base64url') },
      proofKey === undefined ? {} : { DPoP: await proofKey.prove('POST', url.href) },
    );
    return {
      token: issued.token,
      tokenType: issued.tokenType,
      endsAt: Date.now() + issued.expiresIn * 1_000,
    };
  };
  const valid = async (): Promise<Token> => {
    const attempt = (current ??= logIn());
    const token = await attempt.catch((error: unknown) => {
      if (current === attempt) current = undefined;
      throw error;
    });
    if (token.endsAt - MARGIN_MS > Date.now()) return token;
    if (current === attempt) current = undefined;
    return await valid();
  };
  return {
    async authorize(method, url) {
      const { token, tokenType } = await valid();
      const headers: Record<string, string> = { Authorization: `${tokenType} ${token}` };
      if (proofKey !== undefined) headers['DPoP'] = await proofKey.prove(method, url, token);
      return headers;
    },
    renew() {
      current = undefined;
    },
  };
}

/** A token that somebody else got; it is used until its end. */
export function bearerSession(token: string): Session {
  return {
    authorize: () => Promise.resolve({ Authorization: `Bearer ${token}` }),
    renew: () => undefined,
  };
}

async function post<T>(
  fetch: FetchRequest,
  url: URL,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const answer = await fetch(
    new Request(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }),
  );
  const content = (await answer.json()) as unknown;
  if (!answer.ok) throw new GatewayRefusal(answer.status, content as Partial<Problem>);
  return content as T;
}
