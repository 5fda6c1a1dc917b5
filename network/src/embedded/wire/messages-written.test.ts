import { common, gateway, ledger, peer } from '@hyperledger/fabric-protos';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hex,
  bytes,
  text,
  long,
  same,
  plainOf,
  set,
  chaincodeIds,
  inputs,
  responses,
  endorsements,
  plainResponse,
} from '../testing/wire-messages.js';
import * as wire from './index.js';

const { kvrwset } = ledger.rwset;

const keySets = fc.record({
  reads: fc.array(
    fc.record({ key: text(), version: fc.option(fc.record({ block: long(), transaction: long() })) }),
  ),
  writes: fc.array(fc.record({ key: text(), isDelete: fc.boolean(), value: bytes() })),
  range: fc.option(text()),
  metadata: fc.option(text()),
});
type KeySets = typeof keySets extends fc.Arbitrary<infer T> ? T : never;

function byClasses({ reads, writes, range, metadata }: KeySets) {
  return set(new kvrwset.KVRWSet(), (message) => {
    for (const { key, version } of reads) {
      const read = message.addReads() as ledger.rwset.kvrwset.KVRead;
      read.setKey(key);
      if (version === null) continue;
      const of = new kvrwset.Version();
      of.setBlockNum(version.block);
      of.setTxNum(version.transaction);
      read.setVersion(of);
    }
    if (range !== null) message.addRangeQueriesInfo().setStartKey(range);
    for (const { key, isDelete, value } of writes) {
      const write = message.addWrites() as ledger.rwset.kvrwset.KVWrite;
      write.setKey(key);
      write.setIsDelete(isDelete);
      write.setValue(value);
    }
    if (metadata !== null) message.addMetadataWrites().setKey(metadata);
  });
}
const marshalled = (list: { serializeBinary(): Uint8Array }[]) =>
  list.map((message) => message.serializeBinary());
const plainKeySet = (message: ledger.rwset.kvrwset.KVRWSet): wire.KeySet => ({
  reads: message.getReadsList().map((read) => {
    const version = read.getVersion();
    return {
      key: read.getKey(),
      version: version && { block: version.getBlockNum(), transaction: version.getTxNum() },
    };
  }),
  ranges: marshalled(message.getRangeQueriesInfoList()),
  writes: message
    .getWritesList()
    .map((write) => ({ key: write.getKey(), isDelete: write.getIsDelete(), value: write.getValue_asU8() })),
  metadataWrites: marshalled(message.getMetadataWritesList()),
});

describe('read-write sets', () => {
  it('are read and written as the generated classes do it', () => {
    same(keySets.map(byClasses), wire.readKeySet, plainKeySet);
    fc.assert(
      fc.property(
        keySets.map(byClasses),
        fc.array(fc.tuple(text(), bytes(), fc.array(text()))),
        (keys, sets) => {
          expect(hex(wire.writeKeySet(plainKeySet(keys)))).toBe(hex(keys.serializeBinary()));
          const message = new ledger.rwset.TxReadWriteSet();
          for (const [namespace, rwset, collections] of sets) {
            const part = message.addNsRwset() as ledger.rwset.NsReadWriteSet;
            part.setNamespace(namespace);
            part.setRwset(rwset);
            for (const name of collections) part.addCollectionHashedRwset().setCollectionName(name);
          }
          const plain = message.getNsRwsetList().map((part) => ({
            namespace: part.getNamespace(),
            rwset: part.getRwset_asU8(),
            collections: marshalled(part.getCollectionHashedRwsetList()),
          }));
          expect(plainOf(wire.readTxReadWriteSet(message.serializeBinary()))).toEqual(plainOf(plain));
          expect(hex(wire.writeTxReadWriteSet(plain))).toBe(hex(message.serializeBinary()));
        },
      ),
    );
  });
});

describe('messages are written as the generated classes write them:', () => {
  const rewritten = <T>(
    arbitrary: fc.Arbitrary<{ serializeBinary(): Uint8Array }>,
    read: (bytes: Uint8Array) => T,
    write: (message: T) => Uint8Array,
  ): void => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const plain = message.serializeBinary();
        expect(hex(write(read(plain)))).toBe(hex(plain));
      }),
    );
  };

  it('responses', () => {
    rewritten(responses, wire.readResponse, wire.writeResponse);
  });

  it('an evaluate’s response', () => {
    const evaluated = responses.map((result) =>
      set(new gateway.EvaluateResponse(), (response) => {
        response.setResult(result);
      }),
    );
    fc.assert(
      fc.property(evaluated, (response) => {
        const result = response.getResult() ?? new peer.Response();
        expect(hex(wire.writeEvaluateResponse(plainResponse(result)))).toBe(hex(response.serializeBinary()));
      }),
    );
  });

  it('messages from a peer to its chaincode', () => {
    fc.assert(
      fc.property(
        fc.record({ type: fc.nat(30), payload: bytes(), txId: text(), channelId: text() }),
        fc.option(fc.record({ proposalBytes: bytes(), signature: bytes() }), { nil: undefined }),
        (parts, proposal) => {
          const message = new peer.ChaincodeMessage();
          message.setType(parts.type as 1);
          message.setPayload(parts.payload);
          message.setTxid(parts.txId);
          message.setChannelId(parts.channelId);
          if (proposal !== undefined) {
            const signed = new peer.SignedProposal();
            signed.setProposalBytes(proposal.proposalBytes);
            signed.setSignature(proposal.signature);
            message.setProposal(signed);
          }
          expect(hex(wire.writeChaincodeMessage({ ...parts, proposal }))).toBe(
            hex(message.serializeBinary()),
          );
        },
      ),
    );
  });

  it('chaincode inputs', () => {
    rewritten(
      inputs.filter((input) => input.getDecorationsMap().getLength() === 0),
      wire.readChaincodeInput,
      ({ args, isInit }) => wire.chaincodeInput(args, isInit).bytes,
    );
  });

  it('an endorsed transaction, from the endorsements to the envelope', () => {
    fc.assert(
      fc.property(
        fc.record({
          ...{ header: fc.tuple(bytes(), bytes()), input: bytes(), signature: bytes(), hash: bytes() },
          ...{ results: bytes(), events: bytes(), response: responses, id: chaincodeIds },
          endorsements: fc.array(endorsements),
        }),
        (parts) => {
          const action = new peer.ChaincodeAction();
          action.setResults(parts.results);
          action.setEvents(parts.events);
          action.setResponse(parts.response);
          action.setChaincodeId(parts.id);
          const responsePayload = new peer.ProposalResponsePayload();
          responsePayload.setProposalHash(parts.hash);
          responsePayload.setExtension$(action.serializeBinary());
          const proposalPayload = new peer.ChaincodeProposalPayload();
          proposalPayload.setInput(parts.input);
          const endorsed = new peer.ChaincodeEndorsedAction();
          endorsed.setProposalResponsePayload(responsePayload.serializeBinary());
          endorsed.setEndorsementsList(parts.endorsements);
          const actionPayload = new peer.ChaincodeActionPayload();
          actionPayload.setChaincodeProposalPayload(proposalPayload.serializeBinary());
          actionPayload.setAction(endorsed);
          const header = new common.Header();
          header.setChannelHeader(parts.header[0]);
          header.setSignatureHeader(parts.header[1]);
          const transaction = new peer.Transaction();
          const only = transaction.addActions() as peer.TransactionAction;
          only.setHeader(parts.header[1]);
          only.setPayload(actionPayload.serializeBinary());
          const payload = new common.Payload();
          payload.setHeader(header);
          payload.setData(transaction.serializeBinary());
          const envelope = new common.Envelope();
          envelope.setPayload(payload.serializeBinary());
          envelope.setSignature(parts.signature);
          const response = new gateway.EndorseResponse();
          response.setPreparedTransaction(envelope);

          const written = wire.writeEnvelope(
            wire.writePayload(
              header.serializeBinary(),
              wire.writeTransaction({
                header: parts.header[1],
                payload: wire.writeActionPayload(wire.writeProposalPayload(parts.input), {
                  responsePayload: wire.writeResponsePayload({
                    proposalHash: parts.hash,
                    extension: wire.writeChaincodeAction({
                      results: parts.results,
                      events: parts.events,
                      response: plainResponse(parts.response),
                      chaincodeId: { name: parts.id.getName(), version: parts.id.getVersion() },
                    }),
                  }),
                  endorsements: parts.endorsements.map((endorsement) => ({
                    endorser: endorsement.getEndorser_asU8(),
                    signature: endorsement.getSignature_asU8(),
                  })),
                }),
              }),
            ),
            parts.signature,
          );
          expect(hex(written)).toBe(hex(envelope.serializeBinary()));
          expect(hex(wire.writeEndorseResponse(written))).toBe(hex(response.serializeBinary()));
        },
      ),
    );
  });
});
