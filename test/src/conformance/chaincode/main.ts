import shim from 'fabric-shim';
import { StubCaller } from './stub-caller.js';

/** What the parent process sends: listen at an address under an id. It gets the id back once that is done. */
export interface ServeMessage {
  readonly id: string;
  readonly address: string;
}

/** The shim's types put its static functions into a class that it does not export under that name. */
const { server: newServer } = shim as unknown as typeof shim.Shim;

process.on('message', ({ id, address }: ServeMessage) => {
  const server = newServer(new StubCaller(), { ccid: id, address } as shim.ChaincodeServerOpts);
  server.start().then(
    () => process.send?.(id),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
// The parent is gone: nobody would end this process.
process.on('disconnect', () => process.exit(0));
