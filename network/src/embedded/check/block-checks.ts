import { common } from '@hyperledger/fabric-protos';
import { dataHash, getMetadata, headerBytes } from '../blocks/index.js';
import { isConfig } from '../committer/index.js';
import type { MspManager } from '../parts.js';
import type { ChannelPolicies } from '../policy/index.js';
import type { Savepoint } from '../state/index.js';
import { LedgerFault } from './ledger-fault.js';

/** What a block has to follow and to be signed by. */
export interface BlockContext {
  /** Undefined: the block is the first of all. */
  readonly last: Pick<Savepoint, 'block' | 'headerHash'> | undefined;
  readonly msps: MspManager;
  /** Asked for from the second block on. */
  policies(): ChannelPolicies;
  /** As `policies`: the last configuration before the block. */
  lastConfigBlock(): number;
}

/**
 * The checks that need nothing but the block and its predecessor's header.
 * @throws LedgerFault.
 */
export function checkBlock(block: common.Block, context: BlockContext): void {
  checkChain(block, context);
  if (context.last !== undefined) checkSignature(block, context);
}

function checkChain(block: common.Block, { last }: BlockContext): void {
  const header = block.getHeader() ?? new common.BlockHeader();
  const expected = (last?.block ?? -1) + 1;
  if (header.getNumber() !== expected) {
    throw new LedgerFault(
      'BLOCK_NUMBER',
      `its number is ${String(header.getNumber())} where ${String(expected)} follows`,
    );
  }
  if (!Buffer.from(last?.headerHash ?? []).equals(header.getPreviousHash_asU8())) {
    throw new LedgerFault('PREVIOUS_HASH', 'it does not name the header of the block before it');
  }
  if (!dataHash(block.getData()?.getDataList_asU8() ?? []).equals(header.getDataHash_asU8())) {
    throw new LedgerFault('DATA_HASH', 'its transactions are not those whose hash its header has');
  }
}

function checkSignature(block: common.Block, context: BlockContext): void {
  const metadata = decode('ORDERER_SIGNATURE', 'its signatures', () =>
    common.Metadata.deserializeBinary(getMetadata(block, 'SIGNATURES')),
  );
  const value = metadata.getValue_asU8();
  const header = headerBytes(block.getHeader() ?? new common.BlockHeader());
  const isGood = metadata.getSignaturesList().some((signature) => {
    const signatureHeader = signature.getSignatureHeader_asU8();
    try {
      const creator = common.SignatureHeader.deserializeBinary(signatureHeader).getCreator_asU8();
      const identity = context.msps.deserialize(creator);
      identity.validate();
      return (
        identity.verify(Buffer.concat([value, signatureHeader, header]), signature.getSignature_asU8()) &&
        context.policies().isSatisfiedBy('/Channel/Orderer/BlockValidation', identity)
      );
    } catch {
      return false;
    }
  });
  if (!isGood) {
    throw new LedgerFault('ORDERER_SIGNATURE', 'no signature of an orderer of the channel fits it');
  }
  const [envelope] = block.getData()?.getDataList_asU8() ?? [];
  const isConfiguration = envelope !== undefined && isConfig(envelope);
  const expected = isConfiguration ? block.getHeader()?.getNumber() : undefined;
  checkLastConfig(block, value, expected ?? context.lastConfigBlock());
}

function checkLastConfig(block: common.Block, signed: Uint8Array, expected: number): void {
  const indexes = decode('LAST_CONFIG', 'its last configuration', () => [
    common.OrdererBlockMetadata.deserializeBinary(signed).getLastConfig()?.getIndex(),
    common.LastConfig.deserializeBinary(
      common.Metadata.deserializeBinary(getMetadata(block, 'LAST_CONFIG')).getValue_asU8(),
    ).getIndex(),
  ]);
  if (!indexes.every((index) => index === expected)) {
    throw new LedgerFault(
      'LAST_CONFIG',
      `it does not name block ${String(expected)} as the last configuration`,
    );
  }
}

function decode<T>(code: 'ORDERER_SIGNATURE' | 'LAST_CONFIG', what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new LedgerFault(code, `${what} cannot be read`);
  }
}
