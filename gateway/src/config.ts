import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { MspId, OrganisationKind, OrganisationName } from '@medaccord/chaincode/api';
import { z } from 'zod';

/** A setting is missing or wrong; the message names it and says what is expected. Exit code 78 (EX_CONFIG). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(
    readonly setting: string,
    problem: string,
  ) {
    super(`${setting}: ${problem}`);
  }
}

const Port = z.number().int().min(0).max(65_535);
const Endpoint = z.string().regex(/^[^:/\s]+:\d{1,5}$/, 'must be host:port');
const HttpsUrl = z.url({ protocol: /^https$/ });
const File = z.string().min(1);
const Limits = z.strictObject({
  /** Largest JSON body, in bytes, where the operation sets no other. */
  bodyBytes: z.number().int().positive().default(262_144),
  /** Requests of one caller (or address, before login) in a minute. */
  requestsPerMinute: z.number().int().positive().default(6_000),
  /** Requests worked on at once; the peer's own limit is 500. */
  concurrent: z.number().int().positive().max(450).default(200),
  /** Event streams open at once. */
  streams: z.number().int().positive().default(100),
});

const ConfigFile = z.strictObject({
  version: z.literal(1),
  environment: z.enum(['development', 'production']),
  channel: z.string().min(1),
  chaincode: z.string().min(1),
  organisation: z.strictObject({
    name: OrganisationName,
    kind: OrganisationKind,
    mspId: MspId,
    domain: z.string().min(1),
  }),
  rest: z.strictObject({ host: z.string().min(1), port: Port, certFile: File, keyFile: File }),
  exchange: z.strictObject({ port: Port, certFile: File, keyFile: File }),
  peer: z.strictObject({ endpoint: Endpoint, tlsCaFile: File }),
  signer: z.strictObject({ certFile: File, keyFile: File }),
  ca: z.strictObject({ url: HttpsUrl, tlsCaFile: File, name: z.string().min(1) }),
  organisations: z
    .array(
      z.strictObject({
        name: OrganisationName,
        kind: OrganisationKind,
        mspId: MspId,
        domain: z.string().min(1),
        caCertFile: File,
        tlsCaFile: File,
        /** Revocation list of its TLS authority; read again when it changes, and it may come later. */
        tlsCrlFile: File.optional(),
        exchangeUrl: HttpsUrl,
      }),
    )
    .min(1),
  walletDir: File,
  vaultDir: File,
  limits: Limits.prefault({}),
});

export interface Secrets {
  /** 32 bytes; opens the custody wallet, and the root of ids derived from idempotency keys. */
  readonly walletKey: Uint8Array;
  /** 32 bytes; seals records at rest. */
  readonly vaultKey: Uint8Array;
  /** P-256; signs tokens. */
  readonly tokenKey: KeyObject;
}

export interface GatewayConfig extends z.output<typeof ConfigFile> {
  /** Of the configuration file, absolute. */
  readonly folder: string;
  readonly secrets: Secrets;
  readonly databaseUrl: string;
  readonly logLevel: string;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Reads the configuration file, and the secrets from the environment, else from `secrets.json` beside that file.
 * Relative paths in the file are taken from its folder.
 * @param given path of the file, instead of MEDACCORD_GATEWAY_CONFIG
 * @throws ConfigError naming the first setting that is missing or wrong.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env, given?: string): GatewayConfig {
  const file = given ?? required(environment, 'MEDACCORD_GATEWAY_CONFIG');
  const settings = parseConfigFile(
    file,
    readText(given === undefined ? 'MEDACCORD_GATEWAY_CONFIG' : '--config', file),
  );
  const env = withSecretsBeside(file, environment);
  checkFolder('walletDir', settings.walletDir);
  checkKeyPair('signer', settings.signer);
  checkKeyPair('rest', settings.rest);
  checkKeyPair('exchange', settings.exchange);
  const logLevel = env['LOG_LEVEL'] ?? 'info';
  if (!LEVELS.includes(logLevel)) throw new ConfigError('LOG_LEVEL', `must be one of ${LEVELS.join(', ')}`);
  const databaseUrl = required(env, 'DATABASE_URL');
  if (!/^postgres(ql)?:\/\//.test(databaseUrl))
    throw new ConfigError('DATABASE_URL', 'must be a postgres:// URL');
  return {
    ...settings,
    folder: path.dirname(path.resolve(file)),
    secrets: {
      walletKey: key32(env, 'MEDACCORD_WALLET_KEY'),
      vaultKey: key32(env, 'MEDACCORD_VAULT_KEY'),
      tokenKey: tokenKey(env, 'MEDACCORD_TOKEN_KEY'),
    },
    databaseUrl,
    logLevel,
  };
}

/** Environment variables whose values `secrets.json` may hold, by their names there. */
const SECRETS_FILE = z.object({
  walletKey: z.string().optional(),
  vaultKey: z.string().optional(),
  tokenKey: z.string().optional(),
  databaseUrl: z.string().optional(),
});
const SECRETS = {
  walletKey: 'MEDACCORD_WALLET_KEY',
  vaultKey: 'MEDACCORD_VAULT_KEY',
  tokenKey: 'MEDACCORD_TOKEN_KEY',
  databaseUrl: 'DATABASE_URL',
} as const;

/** What the environment does not say is taken from `secrets.json` beside the configuration file, where there is one. */
function withSecretsBeside(configFile: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(SECRETS) as [keyof typeof SECRETS, string][];
  const missing = entries.filter(([, name]) => (environment[name] ?? '') === '');
  const file = path.join(path.dirname(path.resolve(configFile)), 'secrets.json');
  const found = statSync(file, { throwIfNoEntry: false });
  if (missing.length === 0 || found === undefined) return environment;
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new ConfigError(file, 'may be read by its owner alone: chmod 600');
  }
  const secrets = SECRETS_FILE.safeParse(parseJson(file, readText('secrets.json', file)));
  if (!secrets.success)
    throw new ConfigError(file, 'must hold walletKey, vaultKey, tokenKey, databaseUrl as text');
  return { ...environment, ...Object.fromEntries(missing.map(([key, name]) => [name, secrets.data[key]])) };
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new ConfigError(file, 'is not JSON');
  }
}

function parseConfigFile(file: string, text: string): z.output<typeof ConfigFile> {
  const parsed = ConfigFile.safeParse(parseJson(file, text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(`${file}: ${issue?.path.join('.') || '(root)'}`, issue?.message ?? 'is invalid');
  }
  const settings = parsed.data;
  const own = settings.organisations.find(({ name }) => name === settings.organisation.name);
  if (own?.mspId !== settings.organisation.mspId || own.kind !== settings.organisation.kind) {
    throw new ConfigError(
      `${file}: organisations`,
      'must hold the own organisation with the same kind and mspId',
    );
  }
  return absolutePaths(settings, path.dirname(path.resolve(file)));
}

/** Every member named `…File` or `…Dir`, at any depth, becomes an absolute path. */
function absolutePaths<T>(value: T, folder: string): T {
  if (Array.isArray(value)) return value.map((item: unknown) => absolutePaths(item, folder)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'string' && /(File|Dir)$/.test(name)
        ? path.resolve(folder, member)
        : absolutePaths(member, folder),
    ]),
  ) as T;
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new ConfigError(name, 'is not set');
  return value;
}

/** @throws ConfigError naming the setting and the path; the text itself is never in the message. */
export function readText(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      setting,
      `cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
    );
  }
}

function checkFolder(setting: string, folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ConfigError(setting, `${folder} is not a folder`);
  }
}

function checkKeyPair(setting: string, { certFile, keyFile }: { certFile: string; keyFile: string }): void {
  const pem = readText(`${setting}.certFile`, certFile);
  const keyPem = readText(`${setting}.keyFile`, keyFile);
  let certificate: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new ConfigError(`${setting}.certFile`, `${certFile} is not a PEM certificate`);
  }
  try {
    key = createPrivateKey(keyPem);
  } catch {
    throw new ConfigError(`${setting}.keyFile`, `${keyFile} is not a PEM private key`);
  }
  if (!certificate.checkPrivateKey(key)) {
    throw new ConfigError(`${setting}.keyFile`, `${keyFile} is not the key of ${certFile}`);
  }
  const now = Date.now();
  if (now > Date.parse(certificate.validTo) || now < Date.parse(certificate.validFrom)) {
    throw new ConfigError(
      `${setting}.certFile`,
      `${certFile} is not valid now (until ${certificate.validTo})`,
    );
  }
}

function key32(env: NodeJS.ProcessEnv, name: string): Uint8Array {
  const bytes = Buffer.from(required(env, name), 'base64url');
  if (bytes.length !== 32) throw new ConfigError(name, 'must be 32 bytes in base64url');
  return bytes;
}

function tokenKey(env: NodeJS.ProcessEnv, name: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(required(env, name));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(name, 'must be a PKCS#8 PEM private key');
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new ConfigError(name, 'must be a P-256 key');
  return key;
}
