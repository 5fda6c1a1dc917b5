import { X509Certificate } from 'node:crypto';
import { common, msp, orderer, peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import {
  blockAt,
  chainInfo,
  codesOf,
  dataHash,
  envelopesOf,
  headerBytes,
  headerHash,
  height,
  lastConfigOf,
  metadataOf,
  typeOf,
} from '../harness/blocks.js';
import { codeName, newKey, submit } from '../harness/calls.js';
import { contractOf, MAIN, network, org1, org2 } from '../harness/clients.js';
import { deliverOne } from '../harness/deliver.js';
import { refusal } from '../harness/refusals.js';
import { SINGLE } from '../harness/standing-chaincodes.js';
import { isSignedBy, mspIdOf, openTransaction } from '../harness/transactions.js';

const single = contractOf(SINGLE);
const qscc = contractOf('qscc');
const OWN_ORDERERS = new Set(network.orderers.map(({ mspId }) => mspId));

async function firstBlocks(count: number): Promise<common.Block[]> {
  return (await deliverOne({ start: 0, stop: count - 1 })).blocks;
}

describe('the chain of blocks', () => {
  it('is linked by the hashes of headers', async () => {
    const blocks = await firstBlocks(6);
    expect(blocks[0]?.getHeader()?.getPreviousHash_asU8()).toHaveLength(0);
    blocks.slice(1).forEach((block, index) => {
      const previous = Buffer.from(block.getHeader()?.getPreviousHash_asU8() ?? '');
      expect(previous).toEqual(headerHash(blocks[index]?.getHeader()));
    });
  });

  it('has the hash of its data in every header', async () => {
    for (const block of await firstBlocks(6)) {
      expect(Buffer.from(block.getHeader()?.getDataHash_asU8() ?? '')).toEqual(dataHash(block));
    }
  });

  it('is signed by an orderer, block by block', async () => {
    for (const block of (await firstBlocks(6)).slice(1)) {
      const metadata = common.Metadata.deserializeBinary(metadataOf(block, 'SIGNATURES'));
      const [signature] = metadata.getSignaturesList();
      const header = signature?.getSignatureHeader_asU8() ?? new Uint8Array();
      const creator = common.SignatureHeader.deserializeBinary(header).getCreator_asU8();
      expect(OWN_ORDERERS).toContain(mspIdOf(creator));
      const message = Buffer.concat([metadata.getValue_asU8(), header, headerBytes(block.getHeader())]);
      expect(isSignedBy(creator, message, signature?.getSignature_asU8() ?? new Uint8Array())).toBe(true);
    }
  });

  it('names the last configuration under that signature', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const last = lastConfigOf(await blockAt(Number(block)));
    expect(typeOf(await blockAt(last))).toBe(common.HeaderType.CONFIG);
    expect(last).toBeLessThan(Number(block));
  });

  it('has one verdict for every transaction', async () => {
    for (const block of await firstBlocks(6)) {
      expect(codesOf(block)).toHaveLength(envelopesOf(block).length);
    }
  });

  it('has a commit hash from block 1 on, which depends on the one before', async () => {
    const hashes = (await firstBlocks(4)).map((block) =>
      Buffer.from(
        common.Metadata.deserializeBinary(metadataOf(block, 'COMMIT_HASH')).getValue_asU8(),
      ).toString('hex'),
    );
    expect(hashes.slice(1).every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
    expect(new Set(hashes.slice(1)).size).toBe(3);
  });

  it('holds transactions as they were signed', async () => {
    const transaction = await single.newProposal('put', { arguments: [newKey(), '1'] }).endorse();
    const status = await (await transaction.submit()).getStatus();
    const block = await blockAt(Number(status.blockNumber));
    const found = envelopesOf(block)
      .map((bytes) => openTransaction(common.Envelope.deserializeBinary(bytes)))
      .find(({ channelHeader }) => channelHeader.getTxId() === transaction.getTransactionId());
    const payload = found?.envelope.getPayload_asU8() ?? new Uint8Array();
    const creator = found?.signatureHeader.getCreator_asU8() ?? new Uint8Array();
    expect(isSignedBy(creator, payload, found?.envelope.getSignature_asU8() ?? new Uint8Array())).toBe(true);
  });
});

describe('block 0', () => {
  async function channelGroup(): Promise<common.ConfigGroup> {
    const [envelope = new Uint8Array()] = envelopesOf(await blockAt(0));
    const payload = common.Payload.deserializeBinary(
      common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
    );
    const header = common.ChannelHeader.deserializeBinary(
      payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array(),
    );
    expect(header.getType()).toBe(common.HeaderType.CONFIG);
    expect(header.getChannelId()).toBe(MAIN);
    const config = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig();
    return config?.getChannelGroup() ?? new common.ConfigGroup();
  }
  const value = (group: common.ConfigGroup | undefined, name: string): Uint8Array =>
    group?.getValuesMap().get(name)?.getValue_asU8() ?? new Uint8Array();
  const mspOf = (organisation: common.ConfigGroup | undefined): msp.FabricMSPConfig =>
    msp.FabricMSPConfig.deserializeBinary(
      msp.MSPConfig.deserializeBinary(value(organisation, 'MSP')).getConfig_asU8(),
    );
  const organisationsOf = (group: common.ConfigGroup | undefined): Map<string, common.ConfigGroup> => {
    const organisations = new Map<string, common.ConfigGroup>();
    group?.getGroupsMap().forEach((organisation) => {
      organisations.set(mspOf(organisation).getName(), organisation);
    });
    return organisations;
  };

  it('holds the organisations of the channel', async () => {
    const group = await channelGroup();
    const applications = organisationsOf(group.getGroupsMap().get('Application'));
    expect([...applications.keys()].sort()).toEqual(network.organisations.map(({ mspId }) => mspId).sort());
    const orderers = organisationsOf(group.getGroupsMap().get('Orderer'));
    expect([...orderers.keys()]).toEqual([...OWN_ORDERERS]);
  });

  it('holds their certificate authorities, which issued the clients and peers', async () => {
    const applications = organisationsOf((await channelGroup()).getGroupsMap().get('Application'));
    for (const { mspId, authority, identities } of network.organisations) {
      const config = mspOf(applications.get(mspId));
      const [root] = config.getRootCertsList_asU8().map((pem) => new X509Certificate(Buffer.from(pem)));
      expect(root?.raw).toEqual(new X509Certificate(authority).raw);
      expect(root && new X509Certificate(identities.client.certificate).verify(root.publicKey)).toBe(true);
      expect(config.getFabricNodeOus()?.getEnable()).toBe(true);
    }
  });

  it('holds the policies that Fabric evaluates by name', async () => {
    const group = await channelGroup();
    const application = group.getGroupsMap().get('Application');
    const names = (of: common.ConfigGroup | undefined): string[] =>
      [...(of?.getPoliciesMap().keys() as unknown as Iterable<string>)].sort();
    expect(names(group)).toEqual(expect.arrayContaining(['Admins', 'Readers', 'Writers']));
    expect(names(application)).toEqual(
      expect.arrayContaining(['Admins', 'Endorsement', 'LifecycleEndorsement', 'Readers', 'Writers']),
    );
    for (const organisation of organisationsOf(application).values()) {
      expect(names(organisation)).toEqual(
        expect.arrayContaining(['Admins', 'Endorsement', 'Readers', 'Writers']),
      );
    }
  });

  it('holds how blocks are cut, and the capabilities', async () => {
    const group = await channelGroup();
    const ordererGroup = group.getGroupsMap().get('Orderer');
    const size = orderer.BatchSize.deserializeBinary(value(ordererGroup, 'BatchSize'));
    expect(size.getMaxMessageCount()).toBeGreaterThan(0);
    expect(size.getAbsoluteMaxBytes()).toBeGreaterThanOrEqual(size.getPreferredMaxBytes());
    expect(orderer.BatchTimeout.deserializeBinary(value(ordererGroup, 'BatchTimeout')).getTimeout()).toMatch(
      /^\d+(\.\d+)?(ms|s)$/,
    );
    const application = common.Capabilities.deserializeBinary(
      value(group.getGroupsMap().get('Application'), 'Capabilities'),
    );
    expect([...(application.getCapabilitiesMap().keys() as unknown as Iterable<string>)]).toContain('V2_5');
  });
});

describe('qscc', () => {
  it('tells height and hashes of the chain', async () => {
    const before = await height();
    await submit(single, 'put', newKey(), '1');
    const info = await chainInfo();
    expect(info.getHeight()).toBeGreaterThan(before);
    const last = await blockAt(info.getHeight() - 1);
    expect(Buffer.from(info.getCurrentblockhash_asU8())).toEqual(headerHash(last.getHeader()));
    expect(info.getPreviousblockhash_asU8()).toEqual(last.getHeader()?.getPreviousHash_asU8());
  });

  it('gives blocks by number, by hash and by transaction', async () => {
    const { txId, block } = await submit(single, 'put', newKey(), '1');
    const byNumber = await blockAt(Number(block));
    const hash = headerHash(byNumber.getHeader());
    const byHash = await qscc.evaluateTransaction('GetBlockByHash', MAIN, hash);
    const byTransaction = await qscc.evaluateTransaction('GetBlockByTxID', MAIN, txId);
    for (const bytes of [byHash, byTransaction]) {
      expect(common.Block.deserializeBinary(bytes).toObject()).toEqual(byNumber.toObject());
    }
  });

  it('gives a transaction with its verdict', async () => {
    const { txId } = await submit(single, 'put', newKey(), '1');
    const bytes = await qscc.evaluateTransaction('GetTransactionByID', MAIN, txId);
    const processed = peer.ProcessedTransaction.deserializeBinary(bytes);
    expect(codeName(processed.getValidationcode())).toBe('VALID');
    const envelope = processed.getTransactionenvelope() ?? new common.Envelope();
    expect(openTransaction(envelope).channelHeader.getTxId()).toBe(txId);
  });

  it('gives the newest block for the greatest number of 64 bits', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const bytes = await qscc.evaluateTransaction('GetBlockByNumber', MAIN, String(2n ** 64n - 1n));
    const number = common.Block.deserializeBinary(bytes).getHeader()?.getNumber();
    expect(number).toBeGreaterThanOrEqual(Number(block));
    expect(number).toBeLessThan(await height());
  });

  it('gives the same on the peer of every organisation', async () => {
    const bytes = await contractOf('qscc', org2.identities.client).evaluate('GetBlockByNumber', {
      arguments: [MAIN, '1'],
      endorsingOrganizations: [org2.mspId],
    });
    const own = await qscc.evaluate('GetBlockByNumber', {
      arguments: [MAIN, '1'],
      endorsingOrganizations: [org1.mspId],
    });
    expect(common.Block.deserializeBinary(bytes).getHeader()?.toObject()).toEqual(
      common.Block.deserializeBinary(own).getHeader()?.toObject(),
    );
  });

  const told = async (...args: string[]): Promise<string> => {
    const [name = '', ...rest] = args;
    const refused = await refusal(qscc.evaluateTransaction(name, ...rest));
    return refused.message.replace('evaluate call to endorser returned error: chaincode response 500, ', '');
  };

  it('says what it does not have', async () => {
    expect(await told('GetBlockByNumber', MAIN, '1000000')).toBe(
      'Failed to get block number 1000000, error no such block number [1000000] in index',
    );
    expect(await told('GetTransactionByID', MAIN, 'nothing')).toBe(
      'Failed to get transaction with id nothing, error no such transaction ID [nothing] in index',
    );
    expect(await told('GetBlockByTxID', MAIN, 'nothing')).toBe(
      'Failed to get block for txID nothing, error no such transaction ID [nothing] in index',
    );
  });

  it('says what it does not understand', async () => {
    expect(await told('GetBlockByNumber', MAIN, 'one')).toBe(
      'Failed to parse block number with error strconv.ParseUint: parsing "one": invalid syntax',
    );
    const tooGreat = String(2n ** 64n);
    expect(await told('GetBlockByNumber', MAIN, tooGreat)).toBe(
      `Failed to parse block number with error strconv.ParseUint: parsing "${tooGreat}": value out of range`,
    );
    expect(await told('GetBlockByNumber', MAIN)).toBe('missing 3rd argument for GetBlockByNumber');
    expect(await told('GetChainInfo')).toBe('Incorrect number of arguments, 1');
    expect(await told('GetChainInfo', 'nowhere')).toBe('Invalid chain ID, nowhere');
    expect(await told('GetNothing', MAIN, 'a')).toBe(
      `access denied for [GetNothing][${MAIN}]: [Unmapped policy for qscc/GetNothing]`,
    );
  });
});
