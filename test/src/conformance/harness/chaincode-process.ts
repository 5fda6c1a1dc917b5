import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ServeMessage } from '../chaincode/main.js';

/** The shim has protobuf classes of its own, which do not bear another copy beside them: a process of its own. */
const MAIN = fileURLToPath(new URL('../../../dist/conformance/chaincode/main.js', import.meta.url));

/** The suite's chaincode as a service, in a process of its own, under as many addresses as are asked for. */
export class ChaincodeProcess {
  #child: ChildProcess | undefined;

  /** Listens under that chaincode id. @throws Error where the process ends instead. */
  async serve(id: string, address: string): Promise<void> {
    const child = this.#running();
    const message: ServeMessage = { id, address };
    child.send(message);
    const serving = new Promise<void>((resolve, reject) => {
      const onMessage = (served: unknown): void => {
        if (served !== id) return;
        child.off('message', onMessage);
        child.off('exit', onExit);
        resolve();
      };
      const onExit = (code: number | null): void => {
        reject(new Error(`the chaincode's process ended with ${String(code)}`));
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
    });
    await serving;
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<void> {
    if (this.#child !== undefined && this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  /** Ends it as a crash does. The next `serve` starts a new one. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #running(): ChildProcess {
    const running = this.#child;
    if (running?.connected === true && running.exitCode === null) return running;
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is not built: npm run build`);
    const child = fork(MAIN, {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        CORE_CHAINCODE_LOGGING_LEVEL: 'error',
        CORE_CHAINCODE_LOGGING_SHIM: 'error',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    return child;
  }
}
