import { randomBytes } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import { headerBytes, newBlock, setMetadata, wrapMetadata } from '../blocks/index.js';
import type { NodeSigner } from '../parts.js';

const NONCE_BYTES = 24;

function lastConfig(index: number): common.LastConfig {
  const message = new common.LastConfig();
  message.setIndex(index);
  return message;
}

/** Signs the header with the place of the last configuration, as Fabric's orderer: value || signature header || header. */
export function signBlock(block: common.Block, signer: NodeSigner, lastConfigBlock: number): void {
  const value = new common.OrdererBlockMetadata();
  value.setLastConfig(lastConfig(lastConfigBlock));
  value.setConsenterMetadata(wrapMetadata(new Uint8Array()));
  const valueBytes = value.serializeBinary();
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(signer.serialized);
  signatureHeader.setNonce(randomBytes(NONCE_BYTES));
  const signatureHeaderBytes = signatureHeader.serializeBinary();
  const header = headerBytes(block.getHeader() ?? new common.BlockHeader());
  const signature = new common.MetadataSignature();
  signature.setSignatureHeader(signatureHeaderBytes);
  signature.setSignature(signer.sign(Buffer.concat([valueBytes, signatureHeaderBytes, header])));
  setMetadata(block, 'LAST_CONFIG', wrapMetadata(lastConfig(lastConfigBlock).serializeBinary()));
  setMetadata(block, 'SIGNATURES', wrapMetadata(valueBytes, [signature]));
}

/** The next block of the chain, signed. */
export function writeBlock(options: {
  number: number;
  previousHash: Uint8Array;
  envelopes: Uint8Array[];
  signer: NodeSigner;
  lastConfigBlock: number;
}): common.Block {
  const block = newBlock(options.number, options.previousHash, options.envelopes);
  signBlock(block, options.signer, options.lastConfigBlock);
  return block;
}
