import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Newcomer } from './newcomer.js';
import { run } from './newcomer.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
/** Of our own environment; everything else of a newcomer's is fresh, its npm's cache too. */
const KEPT =
  /^(LANG|LC_[A-Z]+|TZ|TMPDIR|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO)$/i;

export const isRoot = process.getuid?.() === 0;

/** A reason why something cannot be tried on this machine. */
export class NotHere extends Error {}

/** Makes newcomers, each with a clone, a home folder and a cache of its own; removes all of it at the end. */
export class Workshop {
  private readonly folders: string[] = [];
  private readonly registry: string;

  constructor() {
    process.on('exit', () => this.remove());
    this.registry = this.told('npm', ['config', 'get', 'registry']).trim();
  }

  /** With this npm, as the user we are; root: under a folder that only root can enter. */
  async withNpm(major: number): Promise<Newcomer> {
    const name = `npm${String(major)}`;
    const folder = this.newFolder(name);
    const machine: Newcomer = { name, folder, environment: this.environment(folder) };
    const prefix = join(folder, 'npm');
    const wanted = ['install', '--prefix', prefix, `npm@${String(major)}`];
    const { code, stderr } = await run(machine, 'npm', [...wanted, '--no-audit', '--no-fund']);
    if (code !== 0) throw new NotHere(`npm ${String(major)} cannot be installed: ${lastLine(stderr)}`);
    const environment = this.environment(folder, join(prefix, 'node_modules', '.bin'));
    return { name, folder: this.clone(folder), environment };
  }

  /** With the npm of this machine, as somebody who is not root. */
  plainUser(name: string): Newcomer {
    const folder = this.newFolder(name);
    const environment = this.environment(folder);
    const clone = this.clone(folder);
    if (!isRoot) return { name, folder: clone, environment };
    const account = accountOf('nobody');
    chmodSync(folder, 0o755);
    this.told('chown', ['-R', `${String(account.uid)}:${String(account.gid)}`, folder]);
    const { status } = spawnSync('npm', ['--version'], { ...account, env: environment, cwd: folder });
    if (status !== 0) throw new NotHere('nobody cannot run npm and Node of this machine');
    return { name, folder: clone, account, environment };
  }

  private newFolder(name: string): string {
    const folder = mkdtempSync(join(tmpdir(), `medaccord-${name}-`));
    this.folders.push(folder);
    for (const own of ['home', 'cache']) mkdirSync(join(folder, own));
    return folder;
  }

  /** What is committed, and nothing else. */
  private clone(folder: string): string {
    const clone = join(folder, 'medaccord');
    this.told('git', ['clone', '--quiet', '--no-local', repository, clone]);
    return clone;
  }

  private environment(folder: string, programs?: string): NodeJS.ProcessEnv {
    const path = [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter)];
    return {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name))),
      PATH: [...(programs === undefined ? [] : [programs]), ...path.filter(isOfMachine)].join(delimiter),
      HOME: join(folder, 'home'),
      npm_config_cache: join(folder, 'cache'),
      npm_config_registry: this.registry,
      npm_config_update_notifier: 'false',
    };
  }

  /** @throws Error with what the program said where it fails. */
  private told(program: string, args: readonly string[]): string {
    const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${lastLine(stderr)}`);
    return stdout;
  }

  private remove(): void {
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** npm puts the folders of its own workspace first while it runs one of our scripts. */
function isOfMachine(folder: string): boolean {
  return folder !== '' && !folder.includes('node_modules');
}

function accountOf(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new NotHere(`there is no account ${name}`);
  return { uid: Number(uid), gid: Number(gid) };
}

function lastLine(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.filter((line) => !line.includes('A complete log of this run')).at(-1) ?? '';
}
