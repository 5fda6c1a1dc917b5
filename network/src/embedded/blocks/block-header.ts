import { createHash } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import { encodeDer, encodeDerInteger } from '../identity/index.js';

const METADATA_SLOTS = 5;

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** What the orderer signs and the next block names: DER of SEQUENCE { number, previous hash, data hash }. */
export function headerBytes(header: common.BlockHeader): Buffer {
  return encodeDer(
    0x30,
    Buffer.concat([
      encodeDerInteger(numberBytes(header.getNumber())),
      encodeDer(0x04, header.getPreviousHash_asU8()),
      encodeDer(0x04, header.getDataHash_asU8()),
    ]),
  );
}

/** SHA-256 of the header's DER. */
export function headerHash(header: common.BlockHeader): Buffer {
  return createHash('sha256').update(headerBytes(header)).digest();
}

/** SHA-256 over the concatenated envelopes. */
/** Number of the last configuration's block, by the block's metadata. */
export function lastConfigOf(block: common.Block): number {
  const metadata = common.Metadata.deserializeBinary(getMetadata(block, 'LAST_CONFIG'));
  return common.LastConfig.deserializeBinary(metadata.getValue_asU8()).getIndex();
}

export function dataHash(envelopes: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const envelope of envelopes) hash.update(envelope);
  return hash.digest();
}

/** A block with its header and five empty metadata slots. */
export function newBlock(number: number, previousHash: Uint8Array, envelopes: Uint8Array[]): common.Block {
  const header = new common.BlockHeader();
  header.setNumber(number);
  header.setPreviousHash(previousHash);
  header.setDataHash(dataHash(envelopes));
  const data = new common.BlockData();
  data.setDataList(envelopes);
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList(Array.from({ length: METADATA_SLOTS }, () => new Uint8Array()));
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  return block;
}

export type MetadataSlot = keyof common.BlockMetadataIndexMap;

export function getMetadata(block: common.Block, slot: MetadataSlot): Uint8Array {
  return block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex[slot]] ?? new Uint8Array();
}

export function setMetadata(block: common.Block, slot: MetadataSlot, value: Uint8Array): void {
  const slots = block.getMetadata()?.getMetadataList_asU8() ?? [];
  while (slots.length < METADATA_SLOTS) slots.push(new Uint8Array());
  slots[common.BlockMetadataIndex[slot]] = value;
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList(slots);
  block.setMetadata(metadata);
}

/** common.Metadata around a slot's value, as the slots but TRANSACTIONS_FILTER have it. */
export function wrapMetadata(value: Uint8Array, signatures: common.MetadataSignature[] = []): Uint8Array {
  const metadata = new common.Metadata();
  metadata.setValue(value);
  metadata.setSignaturesList(signatures);
  return metadata.serializeBinary();
}
