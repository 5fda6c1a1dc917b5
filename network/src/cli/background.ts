import { join } from 'node:path';
import { CodedError } from '../coded-error.js';
import type { ProgressEvent, Reporter, Summary } from '../consortium/index.js';
import { runPaths } from '../home/index.js';
import { startDetached } from '../process/index.js';

/** What the supervisor in the background tells the command that started it. */
export interface BackgroundMessage {
  readonly type: 'ready';
  readonly summary: Summary;
  readonly already: boolean;
}
type Message =
  | BackgroundMessage
  | { readonly type: 'progress'; readonly event: ProgressEvent }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly hint?: string };

/** Sends where there is still somebody to hear it. */
export function tellParent(message: Message): void {
  if (process.connected === true) process.send?.(message, undefined, undefined, () => undefined);
}

/**
 * Starts this same program as the supervisor and follows it until it is ready; then it runs on alone.
 * @param environment of the supervisor: what must not be on its command line
 * @throws CodedError with the code and the message of the supervisor's own error.
 */
export async function startInBackground(
  mainArguments: readonly string[],
  environment: NodeJS.ProcessEnv,
  home: string,
  reporter: Reporter,
): Promise<BackgroundMessage> {
  let ready: BackgroundMessage | undefined;
  let failure: CodedError | undefined;
  const logFile = join(runPaths(home).logs, 'supervisor.log');
  const spec = { module: process.argv[1] ?? '', arguments: mainArguments, environment, logFile };
  const child = startDetached(spec, (received) => {
    const message = received as Message;
    if (message.type === 'progress') reporter(message.event);
    if (message.type === 'error')
      failure = new CodedError(message.code, message.message, { hint: message.hint });
    if (message.type === 'ready') {
      ready = message;
      child.letGo();
    }
  });
  const interrupt = () => child.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  const code = await child.exited;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  if (ready !== undefined) return ready;
  throw failure ?? new CodedError('FAILED', `the supervisor ended with code ${code ?? 0}; see ${logFile}`);
}
