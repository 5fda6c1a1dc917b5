import { Command } from 'commander';
import type { Logger } from 'pino';
import { ConfigError, loadConfig, type GatewayConfig } from './config.js';
import { SERVICE_SCHEMA, dumpService, migrate, openDatabase } from './database/index.js';
import { UnreachablePeerError } from './fabric/index.js';
import { connectLedger } from './ledger-connection.js';
import { createLogger } from './logging.js';
import { blockSource, rebuildCommand, verifyCommand } from './read-model/index.js';
import { serve } from './serve.js';

/** Exit codes of sysexits.h. */
const EX_UNAVAILABLE = 69;
const EX_SOFTWARE = 70;
const EX_CONFIG = 78;

/** The `medaccord-gateway` command. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command('medaccord-gateway')
    .description(
      "One organisation's gateway. Secrets come from the environment, else from secrets.json beside the settings.",
    )
    .showHelpAfterError();
  const command = (name: string, description: string, run: (config: GatewayConfig) => Promise<number>) =>
    program
      .command(name)
      .description(description)
      .option('--config <file>', 'the settings, config.json (or MEDACCORD_GATEWAY_CONFIG)')
      .action(async (options: { config?: string }) => {
        code = await run(loadConfig(undefined, options.config));
      });
  command('serve', 'serve the REST API and other organisations', (config) => serveUntilSignal(config));
  command('rebuild', 'project the read model anew from block 0', (config) =>
    withLedger(config, rebuildCommand),
  );
  program
    .command('dump')
    .description(
      'write what no block can give back (the schema service) into a file, as it is at one instant',
    )
    .option('--config <file>', 'the settings, config.json (or MEDACCORD_GATEWAY_CONFIG)')
    .requiredOption('--out <file>', 'file to be made')
    .action(async (options: { config?: string; out: string }) => {
      code = await dump(loadConfig(undefined, options.config), options.out);
    });
  command('verify', 'compare the read model with the ledger', (config) => withLedger(config, verifyCommand));
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    return report(error);
  }
}

async function serveUntilSignal(config: GatewayConfig): Promise<number> {
  const log = createLogger(config.logLevel);
  const signal = nextSignal();
  const gateway = await serve(config, log);
  process.stdout.write(`${JSON.stringify({ ready: true, rest: gateway.rest })}\n`);
  log.info({ signal: await signal }, 'stopping');
  await gateway.close();
  return 0;
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
}

async function dump(config: GatewayConfig, out: string): Promise<number> {
  const database = openDatabase(config.databaseUrl);
  try {
    await migrate(database, 'service', SERVICE_SCHEMA);
    process.stdout.write(`${JSON.stringify({ rows: await dumpService(database, SERVICE_SCHEMA, out) })}\n`);
    return 0;
  } finally {
    await database.end();
  }
}

async function withLedger(config: GatewayConfig, run: typeof rebuildCommand): Promise<number> {
  const link = await connectLedger(config);
  try {
    return await run({
      databaseUrl: config.databaseUrl,
      source: blockSource(link.blocks, config.chaincode),
      write: (line) => process.stdout.write(`${line}\n`),
    });
  } finally {
    link.close();
  }
}

/** One clear line; what it says holds no secret. */
function report(error: unknown): number {
  if (error instanceof ConfigError) return fail(error.message, EX_CONFIG);
  if (error instanceof UnreachablePeerError) return fail(error.message, EX_UNAVAILABLE);
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (syscall === 'listen')
    return fail(`cannot listen on ${address ?? ''}:${port ?? ''} (${code ?? ''})`, EX_UNAVAILABLE);
  if (syscall === 'connect') {
    return fail(
      `DATABASE_URL: no answer from ${address ?? ''}:${port ?? ''} (${code ?? ''})`,
      EX_UNAVAILABLE,
    );
  }
  const log: Logger = createLogger('error');
  log.error({ err: error }, 'the gateway failed');
  return fail('the gateway failed; the log line above says where', EX_SOFTWARE);
}

function fail(line: string, code: number): number {
  process.stderr.write(`medaccord-gateway: ${line}\n`);
  return code;
}
