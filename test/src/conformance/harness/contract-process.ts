import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLI = createRequire(import.meta.url).resolve('fabric-shim/cli.js');
const CONTRACTS = new URL('../../../dist/conformance/chaincode/contracts.js', import.meta.url).href;

/** The suite's contracts, started as a developer starts theirs: `fabric-chaincode-node server`. */
export class ContractProcess {
  #child: ChildProcess | undefined;
  #folder: string | undefined;

  /** Resolves once it listens. @throws Error with its output where it ends instead. */
  async serve(id: string, address: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'contracts-'));
    this.#folder = folder;
    const manifest = { name: 'contracts', version: '1.0.0', type: 'module', main: 'index.js' };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'index.js'), `export { contracts } from ${JSON.stringify(CONTRACTS)};\n`);
    const flags = ['--chaincode-address', address, '--chaincode-id', id, '--module-path', folder];
    const child = spawn(process.execPath, [CLI, 'server', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      let output = '';
      const collect = (chunk: Buffer): void => {
        output += chunk.toString('utf8');
        if (output.includes('Bootstrap process completed')) resolve();
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.on('exit', (code) => {
        reject(new Error(`fabric-chaincode-node ended with ${String(code)}:\n${output}`));
      });
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    }
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}
