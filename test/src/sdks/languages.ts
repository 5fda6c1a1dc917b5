import { join } from 'node:path';
import { has, run, type Command } from './programs.js';

/** The programs of one language, ready to run. */
export interface Built {
  readonly client: Command;
  /** A chaincode: it listens where CHAINCODE_SERVER_ADDRESS is set, and dials its peer otherwise. */
  readonly chaincode: Command;
}

export interface Language {
  readonly name: string;
  /** What this machine lacks of it. */
  missing(): string | undefined;
  /** @param folder the sources, which may be written into. @throws Error with what the build said */
  build(folder: string): Promise<Built>;
}

export const LANGUAGES: readonly Language[] = [
  {
    name: 'go',
    missing: () => (has('go', 'version') ? undefined : 'no go on PATH'),
    build: async (folder) => {
      const to = join(folder, 'bin') + '/';
      await run(
        { program: 'go', args: ['build', '-mod=readonly', '-o', to, './client', './chaincode'] },
        folder,
      );
      return {
        client: { program: join(to, 'client'), args: [] },
        chaincode: { program: join(to, 'chaincode'), args: [] },
      };
    },
  },
  {
    name: 'java',
    missing: () => {
      if (!has('java', '-version')) return 'no java on PATH';
      return has('mvn', '--version') ? undefined : 'no mvn on PATH';
    },
    build: async (folder) => {
      const built = async (part: string, main: string): Promise<Command> => {
        const project = join(folder, part);
        await run({ program: 'mvn', args: ['--quiet', '--batch-mode', 'compile'] }, project);
        const classes = ['target/classes', 'target/dependency/*'].map((path) => join(project, path));
        return { program: 'java', args: ['-cp', classes.join(':'), main] };
      };
      return {
        client: await built('client', 'sdks.Client'),
        chaincode: await built('chaincode', 'sdks.Chaincode'),
      };
    },
  },
];
