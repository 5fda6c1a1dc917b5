import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadShimLibrary } from '../embedded/chaincode/index.js';

/**
 * `node main.js --folder PACKAGE --id ID --address HOST:PORT`: serves a contract package as `fabric-chaincode-node
 * server` does, with the shim that the package brings, less what costs that program half of its time (see
 * shim-library.ts).
 */
async function main(): Promise<void> {
  const { folder, id, address } = parseArgs({
    options: { folder: { type: 'string' }, id: { type: 'string' }, address: { type: 'string' } },
  }).values;
  if (folder === undefined || id === undefined || address === undefined) {
    throw new Error('--folder, --id and --address are needed');
  }
  const shim = loadShimLibrary(resolve(folder));
  await shim.serve(await shim.newChaincode(), id, address);
  process.stdout.write(`${JSON.stringify({ ready: true, chaincode: id, address })}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`medaccord chaincode: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
