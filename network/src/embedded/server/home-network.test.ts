import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCryptoMaterial } from '../../crypto-material/index.js';
import { formatTopology, loadTopology } from '../../topology/index.js';
import { networkOfHome } from './home-network.js';

const DEFAULT_TOPOLOGY = fileURLToPath(new URL('../../../../config/topology.yaml', import.meta.url));

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'home-'));
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

describe('the network of a home folder', () => {
  it('has the topology’s peers and channels', async () => {
    const topology = loadTopology(DEFAULT_TOPOLOGY);
    await writeFile(join(home, 'topology.yaml'), formatTopology(topology));
    await ensureCryptoMaterial(topology, home, () => undefined);
    const { options } = networkOfHome(home);
    expect(options.peers.map(({ signer }) => [signer.mspId, signer.endpoint])).toEqual([
      ['HospitalAMSP', 'localhost:7051'],
      ['HospitalBMSP', 'localhost:8051'],
      ['InsurerAMSP', 'localhost:9051'],
      ['LabAMSP', 'localhost:10051'],
    ]);
    expect(options.channels.map(({ channelId }) => channelId)).toEqual(['care']);
    expect(options.peers[0]?.packagesDir).toBe(
      join(home, 'ledger', '_peers', 'peer0.hospital-a.example', 'chaincodes'),
    );
  });

  it('names the folder that is missing', async () => {
    await rm(join(home, 'organizations', 'peerOrganizations', 'lab-a.example', 'msp'), { recursive: true });
    expect(() => networkOfHome(home)).toThrow(/MSP folder of LabAMSP .*lab-a\.example/);
  });
});
