import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError } from '../coded-error.js';
import { config } from '../config.js';
import { serveControl } from '../control/index.js';
import { runPaths } from '../home/index.js';
import {
  executeTimeout,
  networkOfHome,
  refuseProduction,
  ServerError,
  startEmbeddedNetwork,
  TRUST_NOTICE,
  type EmbeddedNetwork,
} from './server/index.js';

/** sysexits: a setting is wrong. */
const EXIT_CONFIG = 78;

/** `node main.js --home DIR`: serves the consortium of that home until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const home = readArguments();
  refuseProduction(config.environments);
  const { topology, options } = networkOfHome(home);
  refuseProduction({ 'the topology': topology.environment });
  process.stderr.write(`${TRUST_NOTICE}\n`);
  const network = await startEmbeddedNetwork({
    ...options,
    executeTimeoutMs: executeTimeout(config.executeTimeout),
    channels: options.channels.map((channel) => ({
      ...channel,
      onInvalid: (txId, code, reason) => {
        log('transaction invalid', { channel: channel.channelId, txId, code, reason });
      },
      onRemade: (folder, reason) => {
        log('made again', { folder, reason });
      },
      onDiskFull: (error) => {
        const message = error === undefined ? 'there is room on the disk again' : 'the disk is full';
        log(message, { channel: channel.channelId, error: error && String(error) });
      },
      onFailure: (error) => {
        log('a block could not be written', { channel: channel.channelId, error: String(error) });
        void stop(network, 1);
      },
    })),
    log,
  });
  const control = await serveControl(runPaths(home).control, network.peers);
  closeControl = () => control.close();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(network, 0));
  const peers = options.peers.map(({ signer }) => ({ mspId: signer.mspId, endpoint: signer.endpoint }));
  const channels = [...network.channels].map(([name, { ledger }]) => ({ name, height: ledger.height }));
  print({ ready: true, channels, peers });
}

function readArguments(): string {
  let home: string | undefined;
  try {
    home = parseArgs({ options: { home: { type: 'string' } } }).values.home;
  } catch (cause) {
    throw new ServerError('BAD_ARGUMENTS', cause instanceof Error ? cause.message : String(cause));
  }
  return resolve(home ?? config.home);
}

let stopping: Promise<void> | undefined;
let closeControl = (): Promise<void> => Promise.resolve();

function stop(network: EmbeddedNetwork, exitCode: number): Promise<void> {
  stopping ??= Promise.all([closeControl(), network.close()]).then(
    () => process.exit(exitCode),
    (error: unknown) => {
      fail(error);
      process.exit(1);
    },
  );
  return stopping;
}

function print(facts: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

function log(message: string, facts: Record<string, unknown>): void {
  const { error, ...rest } = facts;
  const reason = error instanceof Error ? (error.stack ?? error.message) : error;
  print({
    time: new Date().toISOString(),
    message,
    ...rest,
    ...(error === undefined ? {} : { error: reason }),
  });
}

function fail(error: unknown): void {
  if (error instanceof CodedError) {
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    process.stderr.write(`medaccord ledger: ${error.code}: ${error.message}${hint}\n`);
  } else {
    process.stderr.write(
      `medaccord ledger: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
}

try {
  await main();
} catch (error) {
  fail(error);
  process.exit(error instanceof CodedError ? EXIT_CONFIG : 1);
}
