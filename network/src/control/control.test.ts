import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../coded-error.js';
import {
  ControlClient,
  ProcessControlClient,
  serveControl,
  serveProcessControl,
  type ControlServer,
  type PeerControl,
  type PeerReport,
} from './index.js';

let folder: string;
let server: ControlServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-control-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const peer = (running: boolean): PeerReport => ({
  name: 'peer0.a',
  mspId: 'A',
  endpoint: 'localhost:7051',
  running,
  channels: ['care'],
});
const control: PeerControl = {
  list: () => [peer(true)],
  stop: (name) =>
    name === 'peer0.a'
      ? Promise.resolve({ peer: peer(false), changed: true })
      : Promise.reject(
          new CodedError('PEER_UNKNOWN', `there is no peer ${name}`, { hint: 'There are: peer0.a' }),
        ),
  start: () => Promise.reject(new Error('the cable is loose')),
};

function answerTo(socketPath: string, method: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
    call.end();
  });
}

describe('the control of a running ledger', () => {
  it('is a socket for its owner alone, which goes with the process', async () => {
    const socket = join(folder, 'run', 'ledger.sock');
    server = await serveControl(socket, control);
    expect(statSync(socket).isSocket()).toBe(true);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const client = new ControlClient(socket);
    expect(await client.peers()).toEqual([peer(true)]);
    expect(await client.stop('peer0.a')).toEqual({ peer: peer(false), changed: true });
    await server.close();
    server = undefined;
    expect(existsSync(socket)).toBe(false);
  });

  it('tells refusals with their code and hint, and faults of its own as such', async () => {
    const socket = join(folder, 'ledger.sock');
    server = await serveControl(socket, control);
    const client = new ControlClient(socket);
    await expect(client.stop('peer/9 ?')).rejects.toMatchObject({
      code: 'PEER_UNKNOWN',
      message: 'there is no peer peer/9 ?',
      hint: 'There are: peer0.a',
    });
    await expect(client.start('peer0.a')).rejects.toMatchObject({
      code: 'FAILED',
      message: 'the cable is loose',
    });
    expect(await answerTo(socket, 'GET', '/secrets')).toBe(409);
    expect(await answerTo(socket, 'POST', '/peers/peer0.a/burn')).toBe(409);
  });

  it('works where the path is longer than a socket’s may be, and replaces what a killed process left', async () => {
    const socket = join(folder, 'x'.repeat(120), 'ledger.sock');
    server = await serveControl(socket, control);
    expect(await new ControlClient(socket).peers()).toHaveLength(1);
    await server.close();
    writeFileSync(socket, '');
    server = await serveControl(socket, control);
    expect(await new ControlClient(socket).peers()).toHaveLength(1);
  });

  it('says so where no ledger runs', async () => {
    await expect(new ControlClient(join(folder, 'none.sock')).peers()).rejects.toMatchObject({
      code: 'NOT_RUNNING',
      hint: 'Start it: medaccord up',
    });
  });
});

describe('the control of the processes', () => {
  it('restarts one, and says why it did not', async () => {
    const socket = join(folder, 'supervisor.sock');
    const restarted: string[] = [];
    server = await serveProcessControl(socket, {
      restart: (name) => {
        if (name === 'gone')
          return Promise.reject(new CodedError('NO_SUCH_PROCESS', 'there is no process gone'));
        restarted.push(name);
        return Promise.resolve();
      },
      follow: () => Promise.resolve(['organisation lab-b has joined']),
      hold: () => Promise.reject(new Error('not part of this test')),
    });
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const client = new ProcessControlClient(socket);
    await client.restart('gateway-hospital-a');
    expect(restarted).toEqual(['gateway-hospital-a']);
    expect(await client.follow()).toEqual(['organisation lab-b has joined']);
    await expect(client.restart('gone')).rejects.toMatchObject({ code: 'NO_SUCH_PROCESS' });
    expect(await answerTo(socket, 'POST', '/peers/peer0.a/stop')).toBe(409);
  });

  it('holds one as long as somebody works, and lets go of it when that one is gone', async () => {
    const socket = join(folder, 'supervisor.sock');
    const told: string[] = [];
    let released = (): void => undefined;
    const started = new Promise<void>((resolve) => (released = resolve));
    server = await serveProcessControl(socket, {
      restart: () => Promise.reject(new Error('not part of this test')),
      follow: () => Promise.resolve([]),
      hold: async (name, meanwhile) => {
        told.push(`${name} stopped`);
        await meanwhile();
        told.push(`${name} started`);
        if (name === 'lost') throw new CodedError('RESTART_FAILED', 'it does not come back');
        released();
      },
    });
    const client = new ProcessControlClient(socket);
    await client.hold('peer0.a', () => {
      told.push('copied');
      return Promise.resolve();
    });
    expect(told.splice(0)).toEqual(['peer0.a stopped', 'copied', 'peer0.a started']);
    const failing = client.hold('peer1.a', () => Promise.reject(new Error('the disk is full')));
    await expect(failing).rejects.toThrow('the disk is full');
    await expect(client.hold('lost', () => Promise.resolve())).rejects.toMatchObject({
      code: 'RESTART_FAILED',
    });
    told.splice(0);
    // Who holds it is killed.
    const call = request({ socketPath: socket, method: 'POST', path: '/processes/peer2.a/hold' });
    call.on('error', () => undefined);
    call.on('response', () => call.destroy());
    call.flushHeaders();
    await started;
    await expect.poll(() => told).toEqual(['peer2.a stopped', 'peer2.a started']);
  });

  it('says that nothing runs where nobody serves it', async () => {
    const client = new ProcessControlClient(join(folder, 'nobody.sock'));
    await expect(client.restart('ledger')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });
});
