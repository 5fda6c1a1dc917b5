import { describe, expect, it } from 'vitest';
import type { NodeReport } from '../status/index.js';
import { nodeRow } from './status-text.js';

const PEER: NodeReport = {
  name: 'peer0.hospital-a',
  kind: 'peer',
  process: 'peer0.hospital-a',
  health: 'OK',
  heights: { care: 12, trial: 3 },
  certificateDays: 100,
  chaincodes: {
    care: [{ name: 'medaccord', version: '1.0', sequence: 2 }],
    trial: [{ name: 'medaccord', version: '1.0', sequence: 2 }],
  },
  diskBytes: 12_400_000,
};

describe('a node’s line of status', () => {
  it('names heights by channel and each chaincode once', () => {
    expect(nodeRow(PEER)).toEqual([
      'peer0.hospital-a',
      'OK',
      'care 12, trial 3',
      '–',
      '100 d',
      'medaccord 1.0 (2)',
      '12 MB',
    ]);
  });

  it('marks a certificate that expires soon, and one that has', () => {
    expect(nodeRow({ ...PEER, certificateDays: 29 })[4]).toBe('29 d!');
    expect(nodeRow({ ...PEER, certificateDays: -1 })[4]).toBe('EXPIRED');
  });

  it('shows a dash for what is not known', () => {
    expect(nodeRow({ name: 'orderer0', kind: 'orderer', process: 'ledger' })).toEqual([
      'orderer0',
      ...Array.from({ length: 6 }, () => '–'),
    ]);
  });
});
