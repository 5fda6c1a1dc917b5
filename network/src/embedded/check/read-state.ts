import { StateDatabase, writeEntries } from '../state/index.js';

/**
 * Program that prints what a state database says of itself and, where a file is named, copies its entries there. It is a
 * process of its own because LMDB ends the process where it stumbles over damaged pages. Arguments: folder, file.
 */
const [folder = '', file] = process.argv.slice(2);
const state = StateDatabase.open(folder, { readOnly: true });
const height = (state.savepoint()?.block ?? -1) + 1;
const erasures = state.pendingErasures().map(({ keyHash, ...rest }) => ({
  ...rest,
  keyHash: Buffer.from(keyHash).toString('hex'),
}));
let stateHash: string | undefined;
if (file === undefined) {
  const frozen = state.freeze();
  stateHash = frozen.hash();
  frozen.close();
} else writeEntries(file, state.dump());
await state.close();
process.stdout.write(JSON.stringify({ height, stateHash, erasures }));
