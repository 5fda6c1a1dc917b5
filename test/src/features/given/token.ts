import { createPrivateKey, sign } from 'node:crypto';
import type { Identity } from '../../consortium/index.js';
import { type RestAnswer, type RestDoor, jsonOf } from './rest-call.js';

type Key = Pick<Identity, 'certificate' | 'privateKey'>;

/** The login by hand: a challenge, signed, and changed for a token. @param proof for a bound one. */
export async function askToken(
  door: RestDoor,
  { certificate, privateKey }: Key,
  proof?: string,
): Promise<RestAnswer> {
  const headers = { 'content-type': 'application/json' };
  const asked = await door.ask({
    method: 'POST',
    path: '/v1/auth/challenges',
    headers,
    body: JSON.stringify({ certificate }),
  });
  const { challenge = '' } = jsonOf(asked) as { challenge?: string };
  if (challenge === '') return asked;
  const key = { key: createPrivateKey(privateKey), dsaEncoding: 'ieee-p1363' } as const;
  const signature = sign('sha256', Buffer.from(challenge), key).toString('base64url');
  return door.ask({
    method: 'POST',
    path: '/v1/auth/tokens',
    headers: { ...headers, ...(proof === undefined ? {} : { dpop: proof }) },
    body: JSON.stringify({ challenge, certificate, signature }),
  });
}

/** @returns a plain token. @throws Error where the gateway gives none. */
export async function plainToken(door: RestDoor, identity: Key): Promise<string> {
  const answer = await askToken(door, identity);
  const { token } = jsonOf(answer) as { token?: string };
  if (token === undefined) throw new Error(`no token: ${answer.text}`);
  return token;
}
