import { common, gateway as protos, peer } from '@hyperledger/fabric-protos';
import { Timestamp } from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { EndorseError, GatewayError } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAINCODE, CHANNEL, TestNetwork } from '../testing/test-network.js';

let network: TestNetwork;

beforeAll(async () => {
  network = await TestNetwork.start();
});
afterAll(async () => {
  await network.stop();
});

const DAY_MS = 24 * 60 * 60 * 1000;
const error = async (result: Promise<unknown>): Promise<EndorseError> =>
  result.then(
    () => expect.fail('was not refused'),
    (reason: unknown) => reason as EndorseError,
  );
const contractOf = async (...connection: Parameters<TestNetwork['connect']>) =>
  (await network.connect(...connection)).getNetwork(CHANNEL).getContract(CHAINCODE);

describe('who may use a peer', () => {
  it('refuses a signature that does not fit', async () => {
    const contract = await contractOf('HospitalA', { signer: () => Promise.resolve(Buffer.alloc(70, 1)) });
    const refused = await error(contract.submitTransaction('put', 'a', '1'));
    expect(refused.details[0]?.message).toContain(
      `access denied: channel [${CHANNEL}] creator org [HospitalA]`,
    );
    const evaluated = await error(contract.evaluateTransaction('get', 'a'));
    expect(evaluated.code).toBe(9);
  });

  it('refuses an expired certificate', async () => {
    const identity = await network.organisations.HospitalA.issue('expired', {
      notBefore: new Date(Date.now() - 2 * DAY_MS),
      notAfter: new Date(Date.now() - DAY_MS),
    });
    const refused = await error(
      (await contractOf('HospitalA', { identity })).evaluateTransaction('get', 'a'),
    );
    expect(refused.details[0]?.message).toContain('proposal client identity expired');
  });

  it('refuses a stranger', async () => {
    const identity = await network.organisations.HospitalB.issue('stranger');
    const refused = await error(
      (await contractOf('HospitalA', { identity })).evaluateTransaction('get', 'a'),
    );
    expect(refused.details[0]?.message).toContain('access denied');
  });

  it('refuses a revoked identity everywhere and closes its open streams', async () => {
    const identity = await network.organisations.LabA.issue('dismissed');
    const gateway = await network.connect('LabA', { identity });
    const channel = gateway.getNetwork(CHANNEL);
    const contract = channel.getContract(CHAINCODE);
    await contract.submitTransaction('put', 'before', '1');
    const prepared = await contract.newProposal('put', { arguments: ['after', '1'] }).endorse();
    const blocks = await channel.getBlockEvents();
    const events = await channel.getChaincodeEvents(CHAINCODE);
    const streams = [drain(blocks), drain(events)];

    await network.organisations.LabA.revoke(identity.serialNumber);

    expect(await Promise.all(streams)).toEqual([expect.anything(), expect.anything()]);
    expect((await error(contract.evaluateTransaction('get', 'before'))).code).toBe(9);
    expect((await error(contract.submitTransaction('put', 'x', '1'))).details[0]?.message).toContain(
      'access denied',
    );
    expect((await error(prepared.submit())).message).toContain('FORBIDDEN');
  });

  it('refuses a proposal whose time is more than 15 minutes away', async () => {
    const gateway = await network.connect('HospitalA');
    const contract = gateway.getNetwork(CHANNEL).getContract(CHAINCODE);
    for (const minutes of [-16, 16]) {
      const moved = gateway.newProposal(
        withTimestamp(contract.newProposal('get', { arguments: ['a'] }).getBytes(), minutes),
      );
      const refused = await error(moved.evaluate());
      expect(refused.details[0]?.message).toContain('request unauthorized due to incorrect timestamp');
    }
    const near = withTimestamp(contract.newProposal('get', { arguments: ['a'] }).getBytes(), 14);
    await expect(gateway.newProposal(near).evaluate()).resolves.toBeInstanceOf(Uint8Array);
  });

  it('refuses commit status and events to an unknown signature', async () => {
    const good = await contractOf('HospitalA');
    const commit = await good.submitAsync('put', { arguments: ['mine', '1'] });
    await commit.getStatus();
    const gateway = await network.connect('HospitalA', {
      signer: () => Promise.resolve(Buffer.alloc(70, 1)),
    });
    const forged = gateway.newSignedCommit(commit.getBytes(), Buffer.alloc(70, 1));
    expect((await error(forged.getStatus())).code).toBe(7);
    const events = await gateway.getNetwork(CHANNEL).getChaincodeEvents(CHAINCODE);
    expect(((await drain(events)) as GatewayError).code).toBe(7);
  });
});

/** Reads to the end; @returns the error that ended it. */
async function drain(events: AsyncIterable<unknown> & { close(): void }): Promise<unknown> {
  try {
    const iterator = events[Symbol.asyncIterator]();
    while ((await iterator.next()).done !== true);
    return 'ended';
  } catch (reason) {
    return reason;
  } finally {
    events.close();
  }
}

/** The SDK's proposal, unsigned, with another time. */
function withTimestamp(bytes: Uint8Array, minutes: number): Uint8Array {
  const proposed = protos.ProposedTransaction.deserializeBinary(bytes);
  const signed = proposed.getProposal() ?? new peer.SignedProposal();
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  channelHeader.setTimestamp(Timestamp.fromDate(new Date(Date.now() + minutes * 60_000)));
  header.setChannelHeader(channelHeader.serializeBinary());
  proposal.setHeader(header.serializeBinary());
  signed.setProposalBytes(proposal.serializeBinary());
  signed.setSignature('');
  return proposed.serializeBinary();
}
