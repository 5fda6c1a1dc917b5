import { createHash } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import { contractOf, MAIN } from './clients.js';
import { openTransaction, type OpenTransaction } from './transactions.js';

const EMPTY = new Uint8Array();

/** Number of blocks of the main channel. */
export async function height(): Promise<number> {
  return (await chainInfo()).getHeight();
}

export async function chainInfo(): Promise<common.BlockchainInfo> {
  const bytes = await contractOf('qscc').evaluateTransaction('GetChainInfo', MAIN);
  return common.BlockchainInfo.deserializeBinary(bytes);
}

export async function blockAt(number: number): Promise<common.Block> {
  const bytes = await contractOf('qscc').evaluateTransaction('GetBlockByNumber', MAIN, String(number));
  return common.Block.deserializeBinary(bytes);
}

/** SHA-256 of the header as ASN.1 has it: SEQUENCE { number, previous hash, data hash }. */
export function headerHash(header: common.BlockHeader | undefined): Buffer {
  return createHash('sha256').update(headerBytes(header)).digest();
}

export function headerBytes(header = new common.BlockHeader()): Buffer {
  const number = header.getNumber().toString(16);
  const even = Buffer.from(number.length % 2 === 0 ? number : `0${number}`, 'hex');
  return tagged(
    0x30,
    Buffer.concat([
      tagged(0x02, (even[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), even]) : even),
      tagged(0x04, Buffer.from(header.getPreviousHash_asU8())),
      tagged(0x04, Buffer.from(header.getDataHash_asU8())),
    ]),
  );
}

/** For contents below 128 bytes, as all of a header are. */
function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

/** SHA-256 of the envelopes, one after the other. */
export function dataHash(block: common.Block): Buffer {
  const hash = createHash('sha256');
  for (const envelope of envelopesOf(block)) hash.update(envelope);
  return hash.digest();
}

export function envelopesOf(block: common.Block): Uint8Array[] {
  return block.getData()?.getDataList_asU8() ?? [];
}

export function transactionsOf(block: common.Block): OpenTransaction[] {
  return envelopesOf(block).map((bytes) => openTransaction(common.Envelope.deserializeBinary(bytes)));
}

export function metadataOf(block: common.Block, slot: keyof common.BlockMetadataIndexMap): Uint8Array {
  return block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex[slot]] ?? EMPTY;
}

/** Number of the configuration block that was the last when this one was made, as its orderer signed it. */
export function lastConfigOf(block: common.Block): number {
  const signed = common.Metadata.deserializeBinary(metadataOf(block, 'SIGNATURES')).getValue_asU8();
  return common.OrdererBlockMetadata.deserializeBinary(signed).getLastConfig()?.getIndex() ?? 0;
}

/** Of the block's first envelope. */
export function typeOf(block: common.Block): number {
  const [bytes] = envelopesOf(block);
  const envelope = common.Envelope.deserializeBinary(bytes ?? EMPTY);
  const header = common.Payload.deserializeBinary(envelope.getPayload_asU8()).getHeader();
  return common.ChannelHeader.deserializeBinary(header?.getChannelHeader_asU8() ?? EMPTY).getType();
}

/** Validation codes by transaction, as the block's metadata have them. */
export function codesOf(block: common.Block): number[] {
  return [...metadataOf(block, 'TRANSACTIONS_FILTER')];
}
