import { readFileSync } from 'node:fs';
import type { Option } from 'commander';
import { Command, Help } from 'commander';
import type { Parts } from '../consortium/index.js';
import { registerBackup } from './backup.js';
import { registerCerts } from './certs.js';
import { registerBatch } from './batch.js';
import { registerChaincode } from './chaincode.js';
import { registerDoctor } from './doctor.js';
import { registerDown } from './down.js';
import { EXIT_HELP } from './exit-codes.js';
import { registerFsck } from './fsck.js';
import { addGlobalOptions } from './global-options.js';
import { registerLedger } from './ledger.js';
import { registerLogin } from './login.js';
import { registerLogs } from './logs.js';
import { registerOrderer } from './orderer.js';
import { registerOrg } from './org.js';
import { registerMonitoring } from './monitoring.js';
import { registerPeer } from './peer.js';
import { registerPolicy } from './policy.js';
import { registerSnapshot } from './snapshot.js';
import { registerStatus } from './status.js';
import { registerSystemd } from './systemd.js';
import { registerTopology } from './topology.js';
import { registerUp } from './up.js';

const HELP = {
  showGlobalOptions: true,
  /** That a switch is off where it is not given goes without saying. */
  optionDescription: (option: Option) =>
    option.defaultValue === false ? option.description : new Help().optionDescription(option),
};

/** The whole command line; errors are thrown, so that one place words them and chooses the exit code. */
export function createProgram(parts: Parts, more: readonly ((program: Command) => void)[] = []): Command {
  const program = new Command('medaccord')
    .description('Runs a MedAccord consortium: ledger, contracts, certificate authorities and gateways')
    .version(version(), '-V', 'the version of medaccord (also --version, before any command)')
    .showHelpAfterError('(medaccord --help shows what there is)')
    .showSuggestionAfterError()
    .configureHelp(HELP)
    .exitOverride();
  addGlobalOptions(program);
  registerUp(program, parts);
  registerDown(program);
  registerStatus(program);
  registerLogs(program);
  registerLogin(program);
  registerPeer(program);
  registerTopology(program);
  registerChaincode(program);
  registerBatch(program);
  registerOrg(program);
  registerOrderer(program);
  registerPolicy(program);
  registerFsck(program);
  registerLedger(program);
  registerCerts(program);
  registerBackup(program);
  registerDoctor(program);
  registerMonitoring(program);
  registerSnapshot(program);
  registerSystemd(program);
  for (const register of more) register(program);
  program.addHelpText('after', `\n${EXIT_HELP}`);
  overrideExits(program);
  return program;
}

function overrideExits(command: Command): void {
  for (const sub of command.commands) {
    sub.exitOverride().configureHelp(HELP).showHelpAfterError('(--help shows how)');
    overrideExits(sub);
  }
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
