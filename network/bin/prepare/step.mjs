import { spawn } from 'node:child_process';

/**
 * Runs a Node program quietly, with the time it takes shown while it works.
 * @returns whether it succeeded; where it did not, what it wrote has been shown.
 */
export function step(title, command, { cwd, env }) {
  const [program, ...programArguments] = command;
  const begin = Date.now();
  const seconds = () => `${Math.round((Date.now() - begin) / 1000)} s`;
  const live = process.stderr.isTTY;
  const say = (text, end = '\n') => process.stderr.write(`${live ? '\r\u001b[K' : ''}${text}${end}`);
  say(`${title} …`, live ? '' : '\n');
  const ticker = setInterval(() => say(`${title} … ${seconds()}`, live ? '' : '\n'), live ? 1000 : 15_000);
  return new Promise((resolve) => {
    const child = spawn(program, programArguments, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    const end = (good, why) => {
      clearInterval(ticker);
      say(`${title}: ${good ? 'done' : why} (${seconds()})`);
      if (!good) process.stderr.write(`${output.trimEnd()}\n`);
      resolve(good);
    };
    child.on('error', (error) => end(false, error.message));
    child.on('close', (code, signal) => end(code === 0, `failed with ${signal ?? `code ${code}`}`));
  });
}
