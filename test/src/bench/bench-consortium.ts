import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { Consortium, wipeConsortium } from '../consortium/index.js';

/** Whose doctor anchors, at its own gateway. */
export const ORGANISATION = 'hospital-a';
export const AUTHOR = 'doctor';

export const ENGINES = ['embedded', 'fabric'] as const;
export type EngineName = (typeof ENGINES)[number];

const TOPOLOGY = fileURLToPath(new URL('../../../config/topology.yaml', import.meta.url));
/** One doctor asks for what a hospital asks for; and 200 requests are under way beside others. */
const LIMITS = { requestsPerMinute: 1_000_000, concurrent: 450 };
/** As FABRIC's own measurements here: some 200 transactions a second. */
const BATCH = { maxMessages: 50, timeoutMs: 250 };

export interface BenchConsortium {
  readonly consortium: Consortium;
  readonly batch: { readonly maxMessages: number; readonly timeoutMs: number };
  /** Stops it and removes all of it. */
  remove(): Promise<void>;
}

/** The default topology on the engine, in a home of its own; the first gateway's limits are wide. */
export async function startBenchConsortium(engine: EngineName): Promise<BenchConsortium> {
  const folder = await mkdtemp(join(tmpdir(), 'medaccord-bench-'));
  const home = join(folder, 'home');
  const remove = async (): Promise<void> => {
    await wipeConsortium(home);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const topology = join(folder, 'topology.yaml');
    const document = parseDocument(await readFile(TOPOLOGY, 'utf8'));
    document.setIn(['organisations', 0, 'gateway', 'limits'], LIMITS);
    for (const [name, value] of Object.entries(BATCH)) document.setIn(['batch', name], value);
    await writeFile(topology, document.toString());
    const consortium = await Consortium.start(home, topology, '--engine', engine);
    return { consortium, batch: BATCH, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
