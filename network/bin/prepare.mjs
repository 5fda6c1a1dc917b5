#!/usr/bin/env node
/*
 * Makes a checkout ready to run: installs what the lock file names where node_modules does not hold it, and
 * builds what has changed. Plain Node without a dependency, because it runs before there is any.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordBuild, whyBuild } from './prepare/build.mjs';
import { whyInstall } from './prepare/installation.mjs';
import { alone } from './prepare/lock.mjs';
import { step } from './prepare/step.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const CI = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
class Unprepared extends Error {}
const [major, minor] = process.versions.node.split('.').map(Number);

try {
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Unprepared(
      `MedAccord needs Node.js 20.19 or newer; this is ${process.version} (${process.execPath}).\n` +
        'Install a newer one from https://nodejs.org and try again.',
    );
  }
  if (whyInstall(root) !== undefined || whyBuild(root) !== undefined) {
    await alone(
      join(root, 'network', 'dist', '.prepare.lock'),
      () => process.stderr.write('Another process prepares this checkout; waiting for it …\n'),
      prepare,
    );
  }
} catch (error) {
  if (!(error instanceof Unprepared)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function prepare() {
  const missing = whyInstall(root);
  if (missing !== undefined) {
    const installed = await step(`Installing packages with npm ci (${missing})`, [...npm(), ...CI], {
      cwd: root,
      env: npmEnvironment(),
    });
    if (!installed)
      throw new Unprepared('npm ci failed, see above. It needs the npm registry, or its cache.');
  }
  const stale = whyBuild(root);
  if (stale !== undefined) {
    const begin = Date.now();
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const built = await step(`Building (${stale})`, [process.execPath, tsc, '-b'], { cwd: root });
    if (!built) throw new Unprepared('The build failed, see above.');
    recordBuild(root, begin);
  }
}

/** The same npm that started us, else the one beside this Node, else the one in PATH. */
function npm() {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const cli = [process.env.npm_execpath, beside].find(
    (path) => path !== undefined && basename(path) === 'npm-cli.js' && existsSync(path),
  );
  return cli === undefined ? ['npm'] : [process.execPath, cli];
}

/** What a caller's npm was told (one workspace, no development packages) does not hold for this install. */
function npmEnvironment() {
  const told =
    /^(npm_config_(workspace|workspaces|omit|include|only|production|local_prefix|dry_run)|NODE_ENV)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !told.test(name)));
}
