import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into every Node child by `--import`: descriptor 3 is a pipe whose other end the supervisor holds.
 * It closes when the supervisor ends in whatever way, kill -9 included; the child then stops as if asked by
 * SIGTERM, and is gone after the grace period even where it does not obey. The watch keeps no process alive.
 */
const LIFELINE = 3;
const GRACE_MS = 5000;

// Workers and forked children inherit `--import`, but descriptor 3 is not theirs.
if (isMainThread && process.channel === undefined && isPipe()) {
  const line = new Socket({ fd: LIFELINE, readable: true, writable: false });
  line.on('error', stop);
  line.on('end', stop);
  line.resume();
  line.unref();
}

function isPipe(): boolean {
  try {
    const kind = fstatSync(LIFELINE);
    return kind.isFIFO() || kind.isSocket();
  } catch {
    return false;
  }
}

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  // Nobody reads what it prints any more: a broken pipe must not cut its shutdown short.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  setTimeout(() => process.exit(1), GRACE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
}
