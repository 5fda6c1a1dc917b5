import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, medaccord, medaccordJson, sharedConsortium } from '../consortium/index.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const repository = fileURLToPath(new URL('../../../', import.meta.url));

interface Summary {
  commands: string[];
  organisations: { name: string; rest: string; identities: string[] }[];
}

/** Typed into a shell where `up` was typed. */
function shell(script: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-e', '-c', script], { cwd: repository });
    const result = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (result.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (result.stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...result });
    });
  });
}

describe('what up prints', () => {
  let consortium: Consortium;
  let summary: Summary;
  let text: string;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    const { home } = consortium;
    // It runs already: this only says so again.
    summary = await medaccordJson<Summary>('up', '--detach', '--home', home);
    ({ stdout: text } = await medaccord('up', '--detach', '--home', home));
  });

  it('names every organisation, its address and whom it can be tried as', () => {
    const names = consortium.topology.organisations.map(({ name }) => name);
    expect(summary.organisations.map(({ name }) => name)).toEqual(names);
    const lines = text.split('\n');
    for (const { name, rest, identities } of summary.organisations) {
      const line = lines.find((one) => one.startsWith(`${name} `)) ?? '';
      expect(line).toContain(rest);
      expect(line).toContain(identities.join(', '));
    }
  });

  it.runIf(hasCurl)(
    'ends with two commands that work as they stand: log in, and ask who one is',
    async () => {
      const [login = '', me = '', ...more] = summary.commands;
      expect(more).toEqual([]);
      const printed = text.split('\n').map((line) => line.trim());
      expect(printed).toContain(login);
      expect(printed).toContain(me);
      const { code, stdout, stderr } = await shell(`${login}\n${me}`);
      expect(code, stderr).toBe(0);
      const doctor = await consortium.identity('hospital-a', 'doctor');
      expect(JSON.parse(stdout)).toMatchObject({
        subject: doctor.subject,
        role: 'doctor',
        organisation: 'hospital-a',
      });
    },
  );
});
