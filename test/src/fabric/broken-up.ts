import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processTree } from '../consortium/index.js';

/**
 * Begins `up` in the foreground and kills it with SIGKILL when it has said what matches, and a moment later where
 * `afterMs` says so.
 * @returns its processes at that moment.
 * @throws Error where it ends without having said it.
 */
export async function killedUp(
  args: readonly string[],
  pattern: RegExp,
  afterMs = 0,
): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['network/bin/medaccord.mjs', 'up', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (pattern.test(said)) resolve();
    });
    child.on('close', () => reject(new Error(`up ended before it said ${String(pattern)}:\n${said}`)));
  });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const processes = processTree(child.pid ?? NaN);
  child.kill('SIGKILL');
  await closed;
  return processes;
}
