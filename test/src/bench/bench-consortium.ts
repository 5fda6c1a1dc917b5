import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Consortium, wideLimits, wipeConsortium } from '../consortium/index.js';

/** Whose doctor anchors, at its own gateway. */
export const ORGANISATION = 'hospital-a';
export const AUTHOR = 'doctor';

export const ENGINES = ['embedded', 'fabric'] as const;
export type EngineName = (typeof ENGINES)[number];

/** As FABRIC's own measurements here: some 200 transactions a second. */
const BATCH = { maxMessages: 50, timeoutMs: 250 };

export interface BenchConsortium {
  readonly consortium: Consortium;
  readonly batch: { readonly maxMessages: number; readonly timeoutMs: number };
  /** Stops it and removes all of it. */
  remove(): Promise<void>;
}

/** The default topology on the engine, in a home of its own; its gateways' limits are wide. */
export async function startBenchConsortium(engine: EngineName): Promise<BenchConsortium> {
  const folder = await mkdtemp(join(tmpdir(), 'medaccord-bench-'));
  const home = join(folder, 'home');
  const remove = async (): Promise<void> => {
    await wipeConsortium(home);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const topology = await wideLimits(folder, (document) => {
      for (const [name, value] of Object.entries(BATCH)) document.setIn(['batch', name], value);
    });
    const consortium = await Consortium.start(home, topology, '--engine', engine);
    return { consortium, batch: BATCH, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
