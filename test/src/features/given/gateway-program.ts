import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
