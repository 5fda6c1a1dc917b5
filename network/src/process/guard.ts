import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program that knows nothing of the lifeline (PostgreSQL, Fabric's nodes) as its child:
 * `guard.js STOP_SIGNAL UID GID PROGRAM ARGUMENT…` (`-` for the user and group as they are).
 * A SIGTERM to the guard, the lifeline's included, becomes the program's own stop signal, and the guard ends
 * with the program, as the program does with the guard.
 */
const [stopSignal, uid, gid, program, ...programArguments] = process.argv.slice(2);
if (stopSignal === undefined || program === undefined) {
  throw new Error('guard: STOP_SIGNAL UID GID PROGRAM ARGUMENT… expected');
}

const child = spawn(program, programArguments, {
  stdio: ['ignore', 'inherit', 'inherit'],
  ...(uid === '-' || gid === '-' ? {} : { uid: Number(uid), gid: Number(gid) }),
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => child.kill(stopSignal as NodeJS.Signals));
}
// The lifeline ends the guard when the program takes too long to stop: the next one would find its files locked.
process.on('exit', () => child.kill('SIGKILL'));
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
child.on('error', (error) => {
  process.stderr.write(`${program}: ${error.message}\n`);
  process.exitCode = 127;
});
child.on('exit', (code, signal) => {
  // As shells tell it: 137 is SIGKILL.
  process.exit(code ?? (signal === null ? 1 : 128 + constants.signals[signal]));
});
