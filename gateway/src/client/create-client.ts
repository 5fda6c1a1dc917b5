import createFetchClient, { type Client } from 'openapi-fetch';
import type { paths } from '../http/openapi.gen.js';
import { httpsFetch, type FetchRequest, type TlsOptions } from './https-fetch.js';
import { bearerSession, createSession, type LoginOptions, type Session } from './session.js';

export interface ClientOptions extends TlsOptions {
  /** `https://localhost:7443` */
  readonly baseUrl: string;
  /** Log in with this certificate and key, and again whenever a token ends. */
  readonly login?: Omit<LoginOptions, 'baseUrl'>;
  /** Or use a token that is there already. Without both, and with `cert` and `key`, the connection is the login. */
  readonly token?: string;
  /** Retryable answers (429, 503, in flight, conflict) are sent again so often; 0 for never. */
  readonly retries?: number;
}

/**
 * 202 comes only to who asks for it with `Prefer: respond-async`, and then `Location` says all: left out, `data` is
 * always the answer itself.
 */
type WithoutAccepted<T> = {
  [P in keyof T]: {
    [M in keyof T[P]]: T[P][M] extends { responses: infer R }
      ? Omit<T[P][M], 'responses'> & { responses: Omit<R, 202> }
      : T[P][M];
  };
};
export type ClientPaths = WithoutAccepted<paths>;

/** Typed by the gateway's OpenAPI document. Failures come as `error`, an RFC 9457 problem. */
export interface MedAccordClient extends Client<ClientPaths> {
  /** As `fetch`, with this client's TLS settings and credentials; for streams. */
  readonly send: FetchRequest;
  close(): void;
}

/**
 * A client of one gateway. A POST is repeated with its own Idempotency-Key, and so is done once however often it is
 * sent.
 */
export async function createClient(options: ClientOptions): Promise<MedAccordClient> {
  const { fetch, close } = httpsFetch(options);
  const session = await sessionOf(options, fetch);
  const send = repeating(session === undefined ? fetch : authorized(fetch, session), options.retries ?? 5);
  return {
    ...createFetchClient<ClientPaths>({ baseUrl: options.baseUrl, fetch: send }),
    send,
    close,
  };
}

async function sessionOf(options: ClientOptions, fetch: FetchRequest): Promise<Session | undefined> {
  if (options.login !== undefined)
    return await createSession({ ...options.login, baseUrl: options.baseUrl }, fetch);
  return options.token === undefined ? undefined : bearerSession(options.token);
}

/** Adds the credentials; a token that was refused (the gateway was restarted, say) is renewed once. */
function authorized(fetch: FetchRequest, session: Session): FetchRequest {
  const send = async (request: Request): Promise<Response> => {
    const headers = new Headers(request.headers);
    for (const [name, value] of Object.entries(await session.authorize(request.method, request.url))) {
      headers.set(name, value);
    }
    return await fetch(new Request(request, { headers }));
  };
  return async (request) => {
    const again = request.clone();
    const answer = await send(request);
    if (answer.status !== 401) return answer;
    session.renew();
    return await send(again);
  };
}

function repeating(fetch: FetchRequest, retries: number): FetchRequest {
  return async (request) => {
    for (let attempt = 0; ; attempt++) {
      const again = attempt < retries ? request.clone() : undefined;
      const answer = await fetch(request);
      if (again === undefined || !(await isRetryable(answer))) return answer;
      const asked = Number(answer.headers.get('retry-after') ?? 0) * 1_000;
      const delay = Math.max(asked, 50 * 2 ** attempt) * (1 + Math.random() / 4);
      await new Promise((resume) => setTimeout(resume, delay));
      request = again;
    }
  };
}

async function isRetryable(answer: Response): Promise<boolean> {
  if (answer.ok || answer.headers.get('content-type')?.startsWith('application/problem+json') !== true)
    return false;
  const problem = (await answer.clone().json()) as { retryable?: boolean };
  return problem.retryable === true;
}
