import type { Consortium, Member } from '../../consortium/index.js';

/** An answer with all that HTTP says of it. */
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

interface Question {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: unknown;
}

/** One request to the member's own gateway, as it is: no types, nothing repeated, no status an error. */
export async function ask<Body = Record<string, unknown>>(
  consortium: Consortium,
  member: Pick<Member, 'api' | 'organisation'>,
  path: string,
  { method = 'GET', headers = {}, body }: Question = {},
): Promise<Answer<Body>> {
  const { baseUrl } = await consortium.gateway(member.organisation);
  const answer = await member.api.send(
    new Request(new URL(path, baseUrl), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return {
    status: answer.status,
    headers: answer.headers,
    body: (isJson ? JSON.parse(text) : text) as Body,
  };
}
