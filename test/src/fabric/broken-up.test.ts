import { join } from 'node:path';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { loadConsortium } from '@medaccord/network/topology';
import { Consortium, freePortOffset, isAlive, wipeConsortium } from '../consortium/index.js';
import { registeredPatient } from '../features/given/patient.js';
import { killedUp } from './broken-up.js';
import { healthOf } from './node-status.js';

const TOPOLOGY = 'config/topology.yaml';

/** After which step's line, and how long after it, `up` is killed: each moment is in the midst of the next step. */
const MOMENTS: readonly (readonly [line: RegExp, afterMs: number])[] = [
  [/✓ Ports/, 150],
  [/✓ Certificates and keys/, 500],
  [/✓ PostgreSQL/, 300],
  [/✓ PostgreSQL/, 1500],
  [/✓ PostgreSQL/, 3000],
  [/✓ Ledger/, 300],
  [/✓ Contracts/, 100],
  [/✓ Founding/, 500],
];

describe('an up on real Fabric that is killed again and again', () => {
  const home = join(inject('consortia'), 'broken-up');
  afterAll(() => wipeConsortium(home));

  it('goes on each time, and ends as if nothing had happened', { timeout: 600_000 }, async () => {
    const offset = await freePortOffset(loadConsortium(TOPOLOGY));
    const options = ['--engine', 'fabric', '--home', home, '--topology', TOPOLOGY];
    for (const [line, afterMs] of MOMENTS) {
      const processes = await killedUp([...options, '--port-offset', String(offset)], line, afterMs);
      await vi.waitFor(() => expect(processes.filter(isAlive)).toEqual([]), {
        timeout: 60_000,
        interval: 200,
      });
    }
    const consortium = await Consortium.start(home);
    try {
      expect(new Set(Object.values(await healthOf(home)))).toEqual(new Set(['OK']));
      await registeredPatient(consortium, 'hospital-a', null);
    } finally {
      await consortium.disconnect();
    }
  });
});
