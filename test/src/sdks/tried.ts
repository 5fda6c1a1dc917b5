import { connect } from 'node:net';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { freeAddress } from '../conformance/harness/free-ports.js';
import type { Promises } from '../installation/promises.js';
import type { Built, Language } from './languages.js';
import { run, Service, type Command, type Environment } from './programs.js';
import { SOURCES, type SdkNetwork } from './sdk-network.js';

const Said = z.object({ promise: z.string(), error: z.string().optional() });
/** What the clients of every language promise, and what the authority's client does. */
const CLIENT_PROMISES = 8;
const CA_PROMISES = 5;

/** Tries one language: its client with its chaincode as a service, and with its chaincode dialling in. */
export async function tryLanguage(
  language: Language,
  network: SdkNetwork,
  work: string,
  promises: Promises,
): Promise<void> {
  const missing = language.missing();
  if (missing !== undefined) {
    promises.skip(language.name, 'client and chaincode', missing);
    return;
  }
  const folder = join(work, language.name);
  cpSync(join(SOURCES, language.name), folder, { recursive: true });
  let built: Built;
  try {
    built = await language.build(folder);
  } catch (error) {
    promises.check(language.name, 'client and chaincode are built', false, messageOf(error));
    return;
  }
  await asService(language.name, built, network, folder, promises);
  await diallingIn(language.name, built, network, folder, promises);
}

/** The default policy: both organisations' peers dial it. */
async function asService(
  name: string,
  built: Built,
  network: SdkNetwork,
  folder: string,
  promises: Promises,
) {
  const address = await freeAddress();
  const id = `${name}-service:1.0`;
  const environment = { CHAINCODE_SERVER_ADDRESS: address, CHAINCODE_ID: id, CORE_CHAINCODE_ID_NAME: id };
  const service = new Service(built.chaincode, folder, environment);
  await withService(`${name}, chaincode listening`, service, promises, async (by) => {
    await listening(address);
    await network.deploy(`${name}-service`, '--address', address);
    await tryProgram(by, built.client, folder, network.client(`${name}-service`), CLIENT_PROMISES, promises);
  });
}

async function diallingIn(
  name: string,
  built: Built,
  network: SdkNetwork,
  folder: string,
  promises: Promises,
) {
  const chaincode = `${name}-dialling`;
  const own = network.client(chaincode)['MSP_ID'] ?? '';
  await network.deploy(chaincode, '--policy', `OR('${own}.peer')`);
  const service = new Service(
    { program: built.chaincode.program, args: [...built.chaincode.args, ...dialArguments(name, network)] },
    folder,
    network.dialling(`${chaincode}:1.0`),
  );
  await withService(`${name}, chaincode dialling in`, service, promises, async (by) => {
    await network.dialledIn(`${chaincode}:1.0`);
    await tryProgram(by, built.client, folder, network.client(chaincode), CLIENT_PROMISES, promises);
  });
}

/** Go's shim takes the peer's address as an option alone; Java's takes it from the environment too. */
function dialArguments(name: string, network: SdkNetwork): string[] {
  return name === 'go' ? ['-peer.address', network.client('')['PEER_ADDRESS'] ?? ''] : [];
}

/** Fabric CA's Node client, installed from its lock file. */
export async function tryAuthority(network: SdkNetwork, work: string, promises: Promises): Promise<void> {
  const by = 'node, fabric-ca-client';
  const folder = join(work, 'node');
  cpSync(join(SOURCES, 'node'), folder, { recursive: true });
  try {
    await run({ program: 'npm', args: ['ci', '--ignore-scripts', '--no-audit', '--no-fund'] }, folder);
  } catch (error) {
    promises.check(by, 'is installed', false, messageOf(error));
    return;
  }
  const client = { program: process.execPath, args: ['ca.mjs'] };
  await tryProgram(by, client, folder, network.authority(), CA_PROMISES, promises);
}

/** Runs a program that prints a line for each of its promises; that it prints all of them is one more. */
async function tryProgram(
  by: string,
  program: Command,
  folder: string,
  environment: Environment,
  count: number,
  promises: Promises,
): Promise<void> {
  let printed = '';
  let failure: string | undefined;
  try {
    printed = await run(program, folder, environment, 300_000);
  } catch (error) {
    failure = messageOf(error);
  }
  const lines = printed.split('\n').filter((line) => line.startsWith('{'));
  for (const line of lines) {
    const { promise, error } = Said.parse(JSON.parse(line));
    promises.check(by, promise, error === undefined, error);
  }
  if (failure !== undefined || lines.length !== count) {
    promises.check(
      by,
      'runs to its end',
      false,
      failure ?? `it told ${String(lines.length)} of ${String(count)}`,
    );
  }
}

async function withService(
  by: string,
  service: Service,
  promises: Promises,
  work: (by: string) => Promise<void>,
): Promise<void> {
  const before = promises.count('broken');
  try {
    await work(by);
  } catch (error) {
    promises.check(by, 'is deployed and answers', false, messageOf(error));
  } finally {
    await service.stop();
  }
  if (promises.count('broken') > before) process.stderr.write(`The chaincode said:\n${service.said}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws Error where nobody listens there within a minute */
async function listening(address: string): Promise<void> {
  const port = Number(address.split(':')[1]);
  const end = Date.now() + 60_000;
  while (!(await accepts(port))) {
    if (Date.now() > end) throw new Error(`nobody listens at ${address} within a minute`);
    await setTimeout(100);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
