import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = createRequire(import.meta.url).resolve('fabric-shim/cli.js');

describe('the built package', () => {
  it.skipIf(!existsSync(`${root}/dist/index.js`))('starts under the stock chaincode server', async () => {
    const server = spawn(
      process.execPath,
      [
        cli,
        'server',
        '--chaincode-address',
        'localhost:0',
        '--chaincode-id',
        'medaccord:1.0',
        '--module-path',
        root,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
    );
    try {
      const output = await new Promise<string>((resolve, reject) => {
        let text = '';
        const collect = (chunk: Buffer) => {
          text += chunk.toString('utf8');
          if (text.includes('Bootstrap process completed')) resolve(text);
        };
        server.stdout.on('data', collect);
        server.stderr.on('data', collect);
        server.on('exit', (code) => {
          reject(new Error(`ended with ${String(code)}: ${text}`));
        });
      });
      expect(output).not.toContain('error');
    } finally {
      server.kill();
    }
  });
});
