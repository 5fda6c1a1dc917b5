import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { selectedEngine } from './engines/index.js';
import { ChaincodeProcess } from './harness/chaincode-process.js';
import { freeAddress } from './harness/free-ports.js';
import { deployStanding } from './harness/standing-chaincodes.js';
import type { NetworkFacts } from './network.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The network that all scenarios share. */
    conformance: { folder: string; facts: NetworkFacts };
  }
}

/** One network for the whole suite: it starts before the first scenario and stops after the last. */
export default async function setup({ provide, config }: TestProject): Promise<() => Promise<void>> {
  const engine = await selectedEngine(config.env['MEDACCORD_ENGINE']);
  process.stdout.write(`The conformance suite runs on the ${engine.name} engine.\n`);
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const chaincode = new ChaincodeProcess();
  const stop = async (): Promise<void> => {
    await engine.stop(folder);
    await chaincode.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const facts = await engine.start(folder);
    const network = engine.attach(folder, facts);
    await deployStanding(network, freeAddress, (id, address) => chaincode.serve(id, address));
    provide('conformance', { folder, facts });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
