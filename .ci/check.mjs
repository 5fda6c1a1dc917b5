/*
 * The parts of `npm run check`, two at a time: lint takes as long as all the others. Each part's output is shown when it
 * ends; exits with 1 where one has failed.
 */
import { spawn } from 'node:child_process';

const LANES = [['check:lint'], ['check:types', 'check:format', 'check:generated']];

const results = await Promise.all(
  LANES.map(async (parts) => {
    const failed = [];
    for (const part of parts) if (!(await passes(part))) failed.push(part);
    return failed;
  }),
);
const failed = results.flat();
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

function passes(part) {
  const begin = Date.now();
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', part], {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      const seconds = ((Date.now() - begin) / 1000).toFixed(1);
      if (code !== 0) process.stdout.write(output);
      console.log(`${code === 0 ? '✓' : '✗'} ${part} (${seconds} s)`);
      resolve(code === 0);
    });
  });
}
