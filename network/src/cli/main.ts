import { registerCaCommands } from '../ca/index.js';
import type { Parts } from '../consortium/index.js';
import { planProcesses } from '../consortium/process-plan.js';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { registerIdentityCommands } from '../identity/index.js';
import { runCommandLine } from './run.js';

const parts: Parts = {
  ensureMaterial: ensureCryptoMaterial,
  planProcesses,
  bootstrap: async (home, topology) => {
    // The ledger's libraries are heavy, and only `up` needs them.
    const { bootstrapLedger } = await import('../consortium/bootstrap/found.js');
    return bootstrapLedger(home, topology);
  },
};

await runCommandLine(process.argv, parts, [registerCaCommands, registerIdentityCommands]);
