import { registerCaCommands } from '../ca/index.js';
import type { Parts } from '../consortium/index.js';
import { planConsortium, planNetwork } from '../consortium/process-plan.js';
import { ensureCryptoMaterial, keepDatabaseUrl } from '../crypto-material/index.js';
import { registerIdentityCommands } from '../identity/index.js';
import { findOrganisation } from '../topology/index.js';
import { runCommandLine } from './run.js';

const parts: Parts = {
  ensureMaterial: ensureCryptoMaterial,
  planNetwork,
  planConsortium,
  keepDatabases: (home, topology, databases) => {
    for (const { organisation, url } of databases) {
      keepDatabaseUrl(home, findOrganisation(topology, organisation), url);
    }
  },
  deploy: async (home, topology, engine, note) => {
    const { deployContracts } = await import('../consortium/bootstrap/deploy-contracts.js');
    return deployContracts(home, topology, engine, note);
  },
  switchChaincode: async (home, topology, engine, service) => {
    const { switchChaincode } = await import('../consortium/bootstrap/switch-chaincode.js');
    return switchChaincode(home, topology, engine, service);
  },
  bootstrap: async (home, topology) => {
    // The ledger's libraries are heavy, and only `up` needs them.
    const { bootstrapLedger } = await import('../consortium/bootstrap/found.js');
    return bootstrapLedger(home, topology);
  },
};

await runCommandLine(process.argv, parts, [registerCaCommands, registerIdentityCommands]);
