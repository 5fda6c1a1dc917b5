import { common, msp, orderer } from '@hyperledger/fabric-protos';
import type { BatchOptions } from '../orderer/index.js';
import type { BftConsenter } from './channel-config.js';

const { smartbft } = orderer;

/** As configtxgen's own templates have them, but for a leader that is silent: it is missed after 10 s, not a minute. */
const OPTIONS = {
  incomingMessageBufferSize: 200,
  requestPoolSize: 100_000,
  requestForwardTimeout: '2s',
  requestComplainTimeout: '10s',
  requestAutoRemoveTimeout: '3m0s',
  viewChangeResendInterval: '5s',
  viewChangeTimeout: '20s',
  leaderHeartbeatTimeout: '10s',
  leaderHeartbeatCount: 10,
  collectTimeout: '1s',
};

/** SmartBFT's settings. It cuts blocks by these alone: the channel's `BatchSize` and `BatchTimeout` say the same. */
export function bftOptions(batch: BatchOptions): orderer.smartbft.Options {
  const options = new smartbft.Options();
  setBftBatch(options, batch);
  options.setIncomingMessageBufferSize(OPTIONS.incomingMessageBufferSize);
  options.setRequestPoolSize(OPTIONS.requestPoolSize);
  options.setRequestForwardTimeout(OPTIONS.requestForwardTimeout);
  options.setRequestComplainTimeout(OPTIONS.requestComplainTimeout);
  options.setRequestAutoRemoveTimeout(OPTIONS.requestAutoRemoveTimeout);
  options.setViewChangeResendInterval(OPTIONS.viewChangeResendInterval);
  options.setViewChangeTimeout(OPTIONS.viewChangeTimeout);
  options.setLeaderHeartbeatTimeout(OPTIONS.leaderHeartbeatTimeout);
  options.setLeaderHeartbeatCount(OPTIONS.leaderHeartbeatCount);
  options.setCollectTimeout(OPTIONS.collectTimeout);
  options.setLeaderRotation(smartbft.Options.Rotation.ROTATION_OFF);
  return options;
}

export function setBftBatch(
  options: orderer.smartbft.Options,
  { maxMessages, maxBytes, timeoutMs }: BatchOptions,
): void {
  options.setRequestBatchMaxCount(maxMessages);
  options.setRequestBatchMaxBytes(maxBytes);
  options.setRequestBatchMaxInterval(`${String(timeoutMs)}ms`);
}

/** The nodes, numbered from 1 in the order in which they are given. */
export function consenterMapping(consenters: readonly BftConsenter[]): common.Orderers {
  const mapping = new common.Orderers();
  mapping.setConsenterMappingList(
    consenters.map(({ host, port, mspId, certificate, tlsCertificate }, index) => {
      const consenter = new common.Consenter();
      consenter.setId(index + 1);
      consenter.setHost(host);
      consenter.setPort(port);
      consenter.setMspId(mspId);
      consenter.setIdentity(Buffer.from(certificate));
      consenter.setClientTlsCert(Buffer.from(tlsCertificate));
      consenter.setServerTlsCert(Buffer.from(tlsCertificate));
      return consenter;
    }),
  );
  return mapping;
}

/**
 * Who has to sign a block: a quorum of the nodes themselves, so that one block of theirs and another of the same number
 * share an honest signer.
 */
export function bftBlockValidation(consenters: readonly BftConsenter[]): common.SignaturePolicyEnvelope {
  const nodes = consenters.length;
  const faulty = Math.floor((nodes - 1) / 3);
  const choice = new common.SignaturePolicy.NOutOf();
  choice.setN(Math.ceil((nodes + faulty + 1) / 2));
  choice.setRulesList(
    consenters.map((_consenter, index) => {
      const signed = new common.SignaturePolicy();
      signed.setSignedBy(index);
      return signed;
    }),
  );
  const rule = new common.SignaturePolicy();
  rule.setNOutOf(choice);
  const policy = new common.SignaturePolicyEnvelope();
  policy.setRule(rule);
  policy.setIdentitiesList(consenters.map(principal));
  return policy;
}

function principal({ mspId, certificate }: BftConsenter): msp.MSPPrincipal {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(mspId);
  identity.setIdBytes(Buffer.from(certificate));
  const message = new msp.MSPPrincipal();
  message.setPrincipalClassification(msp.MSPPrincipal.Classification.IDENTITY);
  message.setPrincipal(identity.serializeBinary());
  return message;
}
