import { createPrivateKey, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { organisationPaths } from '../home/index.js';
import type { Topology } from '../topology/index.js';
import { findOrganisation, isConsortiumOrganisation } from '../topology/index.js';
import { ConsortiumError } from './errors.js';

export interface Token {
  readonly token: string;
  readonly tokenType: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/**
 * Logs a user of the home folder in at the gateway of its organisation: asks for a challenge, signs it with
 * the user's own key, and changes it for a token.
 * @throws CodedError ORGANISATION_UNKNOWN; ConsortiumError NO_GATEWAY, NO_SUCH_IDENTITY, GATEWAY_UNREACHABLE, LOGIN_REFUSED with what the gateway said.
 */
export async function login(
  home: string,
  topology: Topology,
  person: { readonly name: string; readonly organisation: string },
): Promise<Token> {
  const organisation = findOrganisation(topology, person.organisation);
  if (!isConsortiumOrganisation(organisation)) {
    throw new ConsortiumError('NO_GATEWAY', `${topology.name} is a network alone: it has no gateways`);
  }
  const paths = organisationPaths(home, organisation);
  const user = paths.user(person.name);
  if (!existsSync(user.privateKey)) {
    const hint = 'List the identities: medaccord identity list';
    throw new ConsortiumError(
      'NO_SUCH_IDENTITY',
      `${person.organisation} has no user ${person.name} with a key here`,
      hint,
    );
  }
  const certificate = readFileSync(user.certificate, 'utf8');
  const key = createPrivateKey(readFileSync(user.privateKey));
  const gateway = {
    port: organisation.gateway.rest,
    ca: readFileSync(paths.tlsCa.certificate),
    name: organisation.name,
  };
  const { challenge } = (await post(gateway, '/v1/auth/challenges', { certificate })) as {
    challenge: string;
  };
  const signature = sign('sha256', Buffer.from(challenge), { key, dsaEncoding: 'ieee-p1363' });
  const answer = { challenge, certificate, signature: signature.toString('base64url') };
  return (await post(gateway, '/v1/auth/tokens', answer)) as Token;
}

interface Gateway {
  readonly port: number;
  readonly ca: Buffer;
  readonly name: string;
}

function post({ port, ca, name }: Gateway, path: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, application/problem+json',
    };
    const options = { method: 'POST', host: 'localhost', port, path, ca, headers, timeout: 15_000 };
    const call = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(JSON.parse(text));
        else reject(refused(name, status, text));
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer within 15 s')));
    call.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.message === '' ? (error.code ?? 'no connection') : error.message;
      const hint = `See whether it runs: medaccord status; its log: medaccord logs gateway-${name}`;
      const message = `the gateway of ${name} at https://localhost:${port} cannot be reached: ${reason}`;
      reject(new ConsortiumError('GATEWAY_UNREACHABLE', message, hint, error));
    });
    call.end(JSON.stringify(body));
  });
}

function refused(name: string, status: number, text: string): ConsortiumError {
  let said = text.slice(0, 300);
  try {
    const problem = JSON.parse(text) as { code?: string; title?: string; detail?: string };
    said = [problem.code, problem.detail ?? problem.title].filter((part) => part !== undefined).join(': ');
  } catch {
    // Not a problem document: its text says it.
  }
  return new ConsortiumError(
    'LOGIN_REFUSED',
    `the gateway of ${name} refused the login (${status}): ${said}`,
  );
}
