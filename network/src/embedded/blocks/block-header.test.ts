import { common } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { dataHash, headerBytes, headerHash, newBlock } from './index.js';

function header(number: number, previous: string, data: string): common.BlockHeader {
  const message = new common.BlockHeader();
  message.setNumber(number);
  message.setPreviousHash(Buffer.from(previous, 'hex'));
  message.setDataHash(Buffer.from(data, 'hex'));
  return message;
}

describe('the header', () => {
  it('is DER of number, previous hash and data hash', () => {
    expect(headerBytes(header(0, '', 'aa')).toString('hex')).toBe('3008' + '020100' + '0400' + '0401aa');
    expect(headerBytes(header(127, 'bb', 'aa')).toString('hex')).toBe(
      '3009' + '02017f' + '0401bb' + '0401aa',
    );
    expect(headerBytes(header(128, 'bb', 'aa')).toString('hex')).toBe(
      '300a' + '02020080' + '0401bb' + '0401aa',
    );
    expect(headerBytes(header(65_536, 'bb', 'aa')).toString('hex')).toBe(
      '300b' + '0203010000' + '0401bb' + '0401aa',
    );
    const long = headerBytes(header(1, '11'.repeat(32), '22'.repeat(100)));
    expect(long.subarray(0, 6).toString('hex')).toBe('30818b020101');
    expect(headerHash(header(1, 'bb', 'aa'))).toHaveLength(32);
  });

  it('of a block names the hash of its envelopes', () => {
    const envelopes = [Buffer.from('a'), Buffer.from('bc')];
    const block = newBlock(3, Buffer.from('previous'), envelopes);
    expect(Buffer.from(block.getHeader()?.getDataHash_asU8() ?? [])).toEqual(dataHash(envelopes));
    expect(dataHash(envelopes)).toEqual(dataHash([Buffer.from('abc')]));
    expect(block.getMetadata()?.getMetadataList()).toHaveLength(5);
  });
});
