import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A small checkout with an npm and a compiler of its own, which note that they ran. */
let root: string;
const lock = {
  packages: {
    '': { name: 'x' },
    'node_modules/left': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/right-win': { version: '1.0.0', optional: true, os: ['win32'] },
    'node_modules/@x/part': { resolved: 'part', link: true },
    part: { version: '0.1.0' },
  },
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'medaccord-prepare-'));
  cpSync(fileURLToPath(new URL('../../bin', import.meta.url)), join(root, 'network/bin'), {
    recursive: true,
  });
  put('package-lock.json', JSON.stringify(lock));
  put('tsconfig.json', '{"files":[],"references":[{"path":"part"}]}');
  put('tsconfig.base.json', '{}');
  put('part/tsconfig.json', '{"compilerOptions":{"tsBuildInfoFile":"dist/tsconfig.tsbuildinfo"}}');
  put('part/package.json', '{}');
  put('part/src/deep/one.ts', 'export {};');
  put('part/src/two.ts', 'export {};');
  put(
    'npm-cli.js',
    `const fs = require('node:fs');
     const root = ${JSON.stringify(root)};
     fs.appendFileSync(root + '/ran', 'npm ' + process.argv.slice(2, 4).join(' ') + ' ' + (process.env.NODE_ENV ?? '') + '\\n');
     fs.rmSync(root + '/node_modules', { recursive: true, force: true });
     fs.mkdirSync(root + '/node_modules/typescript/bin', { recursive: true });
     fs.writeFileSync(root + '/node_modules/typescript/bin/tsc', fs.readFileSync(root + '/tsc.cjs'));
     const { packages } = JSON.parse(fs.readFileSync(root + '/package-lock.json', 'utf8'));
     delete packages[''];
     delete packages['node_modules/right-win'];
     fs.writeFileSync(root + '/node_modules/.package-lock.json', JSON.stringify({ packages }));`,
  );
  put(
    'tsc.cjs',
    `const fs = require('node:fs');
     const root = ${JSON.stringify(root)};
     fs.appendFileSync(root + '/ran', 'tsc ' + process.argv.slice(2).join(' ') + '\\n');
     if (fs.existsSync(root + '/wrong')) { console.log('part/src/two.ts(1,1): error TS1005'); process.exit(2); }
     fs.mkdirSync(root + '/part/dist', { recursive: true });
     fs.writeFileSync(root + '/part/dist/tsconfig.tsbuildinfo', '{}');`,
  );
  age();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Sources from an hour ago, so that what a test touches is the newest. */
function age(): void {
  const hourAgo = Date.now() / 1000 - 3600;
  const paths = ['tsconfig.json', 'tsconfig.base.json', 'part/tsconfig.json', 'part/package.json'];
  const sources = ['part/src/deep/one.ts', 'part/src/two.ts', 'part/src/deep', 'part/src'];
  for (const path of [...paths, ...sources]) utimesSync(join(root, path), hourAgo, hourAgo);
}

function prepare(): { ran: string[]; status: number | null; said: string } {
  rmSync(join(root, 'ran'), { force: true });
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'network/bin/prepare.mjs')], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NODE_ENV: 'production', npm_execpath: join(root, 'npm-cli.js') },
  });
  const ran = existsSync(join(root, 'ran')) ? readFileSync(join(root, 'ran'), 'utf8').trim().split('\n') : [];
  return { ran, status, said: stderr };
}

describe('prepare', { timeout: 60_000 }, () => {
  it('installs and builds a fresh checkout, then has nothing to do', () => {
    const first = prepare();
    expect(first).toMatchObject({ ran: ['npm ci --include=dev ', 'tsc -b'], status: 0 });
    expect(first.said).toMatch(/npm ci \(node_modules is missing or incomplete\)[^]*Building/);
    expect(prepare()).toEqual({ ran: [], status: 0, said: '' });
  });

  it.each([
    ['another version', { version: '1.0.1', integrity: 'sha512-a' }],
    ['another content', { version: '1.0.0', integrity: 'sha512-b' }],
  ])('installs again when the lock file names %s, however old it is', (_what, left) => {
    prepare();
    put('package-lock.json', JSON.stringify({ packages: { ...lock.packages, 'node_modules/left': left } }));
    utimesSync(join(root, 'package-lock.json'), 1, 1);
    expect(prepare().ran[0]).toBe('npm ci --include=dev ');
    expect(prepare().ran).toEqual([]);
  });

  it('installs again after an install that was cut short, a package too many, or another platform', () => {
    prepare();
    unlinkSync(join(root, 'node_modules/.package-lock.json'));
    expect(prepare().ran[0]).toMatch(/^npm ci/);
    put('package-lock.json', JSON.stringify({ packages: { '': {} } }));
    expect(prepare().ran[0]).toMatch(/^npm ci/);
    const foreign = { version: '1.0.0', optional: true, os: ['plan9'] };
    put('package-lock.json', JSON.stringify({ packages: { 'node_modules/foreign': foreign } }));
    put('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/foreign': foreign } }));
    expect(prepare().said).toContain('node_modules/foreign is for another platform');
  });

  it.each(['part/src/deep/one.ts', 'part/tsconfig.json', 'tsconfig.base.json'])(
    'builds when %s changes',
    (path) => {
      prepare();
      const soon = Date.now() / 1000 + 1;
      utimesSync(join(root, path), soon, soon);
      const { ran, said } = prepare();
      expect(ran).toEqual(['tsc -b']);
      expect(said).toContain(`Building (${path} has changed)`);
    },
  );

  it('builds when a source is deleted, and when a build is', () => {
    prepare();
    unlinkSync(join(root, 'part/src/two.ts'));
    expect(prepare().ran).toEqual(['tsc -b']);
    rmSync(join(root, 'part/dist'), { recursive: true });
    expect(prepare().ran).toEqual(['tsc -b']);
    expect(prepare().ran).toEqual([]);
  });

  it('shows what the compiler says, fails, and tries again next time', () => {
    put('wrong', '');
    const { status, said } = prepare();
    expect(status).toBe(1);
    expect(said).toContain('error TS1005');
    rmSync(join(root, 'wrong'));
    expect(prepare()).toMatchObject({ ran: ['tsc -b'], status: 0 });
  });

  it('is not stopped by the lock of a process that has died', () => {
    put('network/dist/.prepare.lock', '999999999');
    expect(prepare()).toMatchObject({ status: 0, said: expect.not.stringContaining('Another process') });
    expect(existsSync(join(root, 'network/dist/.prepare.lock'))).toBe(false);
  });

  it('names the Node it needs on an old one', () => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' });`;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(old)}`, join(root, 'network/bin/prepare.mjs')],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/needs Node\.js 20\.19 or newer; this is/);
  });
});
