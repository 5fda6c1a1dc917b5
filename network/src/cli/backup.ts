import type { Command } from 'commander';
import { config } from '../config.js';
import type { KeySource, Manifest } from '../backup/index.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine } from './output.js';

interface KeyOptions {
  readonly passphraseFile?: string;
  readonly keyFile?: string;
}
interface CreateOptions extends KeyOptions {
  readonly out: string;
  readonly org?: readonly string[];
  readonly dryRun: boolean;
}

/** `medaccord backup …`: one encrypted archive of organisations' keys and data. */
export function registerBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description('encrypted archives of keys, ledger, wallets and vaults');
  registerCreate(backup);
  registerVerify(backup);
  registerRestore(backup);
}

function registerCreate(backup: Command): void {
  keyed(backup, 'create', 'write an archive of the whole home, or of some organisations; they may run')
    .requiredOption('--out <file>', 'file to be made')
    .option('--org <organisation...>', 'their keys and data alone (the orderers are orderer)')
    .option('--dry-run', 'say what would be copied and stopped, and do nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  openssl rand -hex 32 > backup.key
  medaccord backup create --out monday.backup --key-file backup.key
  medaccord backup create --out monday.backup --key-file backup.key --org hospital-a

While real peers run, an organisation's own peers are stopped for the copy, one at a time, and started again; the whole
home is then copied after medaccord down alone. Keep the key apart from the archive: it opens everything.`,
    )
    .action(async (options: CreateOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      const { createBackup, planBackup } = await import('../backup/index.js');
      const wanted = { home, organisations: options.org };
      if (options.dryRun) {
        const plan = planBackup(wanted);
        if (json) printJson({ ...plan, dryRun: true });
        else {
          printLine(`would hold          ${plan.organisations.join(', ')} (${plan.engine})`);
          printLine(`stopped for a copy  ${plan.stops.join(', ') || 'nothing'}`);
        }
        return;
      }
      const key = keyOf(command, options);
      const { databaseUrl } = config;
      const done = await createBackup({ ...wanted, out: options.out, key, databaseUrl });
      if (json) printJson({ ...summary(done), file: options.out, bytes: done.bytes });
      else printLine(`${options.out}: ${text(done)}, ${Math.ceil(done.bytes / 1_000_000)} MB`);
    });
}

function registerVerify(backup: Command): void {
  keyed(backup, 'verify <file>', 'open an archive and hold every file in it against its hash').action(
    async (file: string, options: KeyOptions, command: Command) => {
      const { readArchive } = await import('../backup/index.js');
      const manifest = await readArchive(file, keyOf(command, options));
      if (globalOptions(command).json) printJson({ ...summary(manifest), file });
      else printLine(`${file}: ${text(manifest)}, all good`);
    },
  );
}

function registerRestore(backup: Command): void {
  keyed(backup, 'restore <file>', 'make a home from an archive; the next up goes on')
    .addHelpText(
      'after',
      `
Example:
  medaccord backup restore monday.backup --key-file backup.key --home /srv/medaccord
  medaccord up --home /srv/medaccord --detach

The home must be empty, or not there. It appears whole, or not at all.`,
    )
    .action(async (file: string, options: KeyOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      const { restoreBackup } = await import('../backup/index.js');
      const manifest = await restoreBackup(file, keyOf(command, options), home);
      if (json) printJson({ ...summary(manifest), home });
      else printLine(`${home}: ${text(manifest)}. Start it: medaccord up --home ${home}`);
    });
}

function keyed(backup: Command, name: string, description: string): Command {
  return backup
    .command(name)
    .description(description)
    .option('--passphrase-file <file>', 'its first line, 12 or more characters, protects the archive')
    .option('--key-file <file>', 'or a key: 32 bytes in hex or base64url');
}

function keyOf(command: Command, { passphraseFile, keyFile }: KeyOptions): KeySource {
  if ((passphraseFile === undefined) === (keyFile === undefined)) {
    command.error('error: give either --passphrase-file or --key-file');
  }
  return { passphraseFile, keyFile };
}

function summary({ made, consortium, engine, organisations, files }: Manifest) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { made, consortium, engine, organisations, files: files.length, size };
}

function text(manifest: Manifest): string {
  const { organisations, files, made } = summary(manifest);
  return `${organisations.join(', ')} as of ${made}, ${files} files`;
}
