import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type CommandResult, type Consortium, runProgram } from '../../consortium/index.js';

const PROGRAM = 'gateway/bin/medaccord-gateway.mjs';

type Settings = Record<string, string | undefined>;

/** An organisation's database, as its gateway reaches it. */
export function databaseUrl({ home, topology }: Consortium, organisation: string): string {
  const file = readFileSync(join(home, 'postgres/credentials.json'), 'utf8');
  const { organisations } = JSON.parse(file) as { organisations: Record<string, string> };
  const name = `medaccord_${organisation.replaceAll('-', '_')}`;
  const host = `127.0.0.1:${String(topology.postgres.port)}`;
  return `postgres://${name}:${organisations[organisation] ?? ''}@${host}/${name}`;
}

/** The settings that a running gateway of the consortium has. */
export function gatewaySettings(consortium: Consortium, organisation: string): Settings {
  const folder = join(consortium.home, 'gateways', organisation);
  const secrets = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as Record<string, string>;
  return {
    MEDACCORD_GATEWAY_CONFIG: join(folder, 'config.json'),
    MEDACCORD_WALLET_KEY: secrets['walletKey'],
    MEDACCORD_VAULT_KEY: secrets['vaultKey'],
    MEDACCORD_TOKEN_KEY: secrets['tokenKey'],
    DATABASE_URL: databaseUrl(consortium, organisation),
  };
}

/** Runs a command of the gateway's own program to its end. */
export function medaccordGateway(
  command: string,
  settings: Settings,
  ...options: string[]
): Promise<CommandResult> {
  const env = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return runProgram(PROGRAM, [command, ...options], {
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'error', ...env },
  });
}

export interface ServingGateway {
  baseUrl: string;
  /** @returns its exit code. */
  stop(): Promise<number | null>;
}

/** One more gateway beside those of the consortium. @throws Error with what it said where it does not get ready. */
export async function servingGateway(settings: Settings): Promise<ServingGateway> {
  const program = fileURLToPath(new URL(`../../../../${PROGRAM}`, import.meta.url));
  const env = { PATH: process.env['PATH'], LOG_LEVEL: 'error', ...settings };
  const child = spawn(process.execPath, [program, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  for await (const line of createInterface(child.stdout)) {
    const { ready, rest } = JSON.parse(line) as { ready?: boolean; rest?: string };
    if (ready !== true || rest === undefined) continue;
    child.stdout.resume();
    const stop = async () => {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    };
    return { baseUrl: rest, stop };
  }
  throw new Error(`the gateway did not start: ${said}`);
}
