import { Problem } from '../../errors.js';

/** The payload of a compact JWS, unverified: enough to route it. The contract checks signature and content. */
export function jwsPayload(jws: string): Record<string, unknown> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
      return payload as Record<string, unknown>;
    }
  } catch {
    // Said below, as for any other thing that is no object.
  }
  throw new Problem('REQUEST_INVALID', 'the payload of the JWS is not a JSON object', {
    errors: [{ path: 'body/jws', message: 'has no JSON object as payload' }],
  });
}

/** A member of the payload that must be text. */
export function textMember(payload: Record<string, unknown>, name: string): string {
  const value = payload[name];
  if (typeof value === 'string') return value;
  throw new Problem('REQUEST_INVALID', `the payload of the JWS lacks ${name}`, {
    errors: [{ path: 'body/jws', message: `lacks ${name}` }],
  });
}
