import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemdUnits } from './units.js';

const found = spawnSync('systemd-analyze', ['--version']).error === undefined;
if (!found) process.stderr.write('Units are not checked: systemd-analyze is not installed\n');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-units-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the units of a home', () => {
  it('name the home, the user and this program, and leave nothing open', () => {
    const units = systemdUnits({ home: '/srv/medaccord', user: 'medaccord' });
    expect([...units.keys()]).toEqual([
      'medaccord-certs.service',
      'medaccord-certs.timer',
      'medaccord-doctor.service',
      'medaccord-doctor.timer',
      'medaccord.service',
    ]);
    const main = units.get('medaccord.service') ?? '';
    expect(main).toContain(`ExecStart="${process.execPath}" "`);
    expect(main).toContain('network/bin/medaccord.mjs" up --home "/srv/medaccord"');
    expect(main).toContain('User=medaccord\n');
    const open = [...units.values()].flatMap((unit) =>
      unit.split('\n').filter((line) => /^[^#]*\$\{/.test(line)),
    );
    expect(open).toEqual([]);
  });

  it('are refused for what systemd would read otherwise', () => {
    for (const home of ['/srv/my home', '/srv/50%', '/srv/"x"', 'relative']) {
      expect(() => systemdUnits({ home, user: 'medaccord' }), home).toThrow('cannot name');
    }
    expect(() => systemdUnits({ home: '/srv/m', user: 'root\nExecStart=x' })).toThrow('no name of a user');
  });

  it.skipIf(!found)('are good by systemd-analyze', () => {
    const units = systemdUnits({ home: folder, user: userInfo().username });
    const files = [...units].map(([name, text]) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    });
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' });
    // It also looks at what is installed on this machine: only what it says of ours counts.
    const ours = stderr.split('\n').filter((line) => line.includes('medaccord'));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });
});
