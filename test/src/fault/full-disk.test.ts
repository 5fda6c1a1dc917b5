import { execFileSync } from 'node:child_process';
import { cpSync, renameSync, mkdirSync, openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { medaccordJson } from '../consortium/index.js';
import { ENGINES_HERE } from '../consortium/engines.js';
import { FaultyConsortium } from './faulty-consortium.js';

const PEER = 'peer0.hospital-b';
const FOLDER = 'peer0.hospital-b.example';
/** Of the file system that the peer's data lies on. */
const SIZE = '160m';
const CHUNK = 1024 * 1024;
const SETUP_MS = 300_000;
const SOME = 50;

/** A small file system of its own needs root; the embedded ledger's full disk is tried in its own tests. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;
const isTried = canMount && ENGINES_HERE.includes('fabric');
if (!isTried)
  process.stderr.write("A peer's full disk is not tried: it needs Fabric's programs, Linux and root\n");

describe.skipIf(!isTried)('a peer of real Fabric whose disk is full', () => {
  let faulty: FaultyConsortium;
  let data: string;
  beforeAll(async () => {
    faulty = await FaultyConsortium.start('fabric');
    data = join(faulty.consortium.home, 'fabric/peers', FOLDER, 'data');
    await peer('stop');
    const aside = `${data}-aside`;
    renameSync(data, aside);
    mkdirSync(data);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', data]);
    cpSync(aside, data, { recursive: true });
    rmSync(aside, { recursive: true });
    await peer('start');
  }, SETUP_MS);
  afterAll(async () => {
    if (data !== undefined) execFileSync('umount', ['--lazy', data]);
    await faulty?.remove();
  }, SETUP_MS);

  const peer = (change: 'stop' | 'start') =>
    medaccordJson('peer', change, PEER, '--home', faulty.consortium.home);

  it(
    'leaves the others at work, loses nothing, and catches up when there is room',
    async () => {
      const load = await faulty.load();
      await load.anchors(SOME);
      const { restarts } = faulty.process(PEER);
      const filler = join(data, 'filler');
      fill(filler);
      await expect.poll(() => faulty.process(PEER).restarts, { timeout: 120_000 }).toBeGreaterThan(restarts);
      await load.anchors(SOME);
      rmSync(filler);
      await expect.poll(() => faulty.process(PEER).status, { timeout: 120_000 }).toBe('ready');
      await load.anchors(SOME);
      await load.finish();
      const blocks = await faulty.check();
      await faulty.verifyReadModels();
      process.stdout.write(
        `${PEER} ended ${String(faulty.process(PEER).restarts - restarts)} times without room; ` +
          `${String(faulty.anchored.length)} acknowledged, none lost, none twice; ${String(blocks)} blocks, equal\n`,
      );
    },
    2 * SETUP_MS,
  );
});

/** Writes until there is no room. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  const zeros = Buffer.alloc(CHUNK);
  try {
    for (let size = CHUNK; size > 0; size = Math.floor(size / 2)) {
      while (writes(descriptor, zeros.subarray(0, size)));
    }
  } finally {
    closeSync(descriptor);
  }
}

function writes(descriptor: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(descriptor, bytes) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
