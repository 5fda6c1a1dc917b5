import { common, gateway, peer } from '@hyperledger/fabric-protos';
import fc from 'fast-check';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { describe, expect, it } from 'vitest';
import {
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
  plainInput,
  plainId,
  plainResponse,
} from '../testing/wire-messages.js';
import * as wire from './index.js';

describe('messages are read as the generated classes read them:', () => {
  it('envelopes and payloads', () => {
    const envelopes = fc.tuple(bytes(), bytes()).map(([payload, signature]) =>
      set(new common.Envelope(), (envelope) => {
        envelope.setPayload(payload);
        envelope.setSignature(signature);
      }),
    );
    same(envelopes, wire.readEnvelope, (envelope) => ({
      payload: envelope.getPayload_asU8(),
      signature: envelope.getSignature_asU8(),
    }));
    const payloads = fc.tuple(fc.option(fc.tuple(bytes(), bytes())), bytes()).map(([parts, data]) =>
      set(new common.Payload(), (payload) => {
        payload.setData(data);
        if (parts === null) return;
        const header = new common.Header();
        header.setChannelHeader(parts[0]);
        header.setSignatureHeader(parts[1]);
        payload.setHeader(header);
      }),
    );
    same(payloads, wire.readPayload, (payload) => {
      const header = payload.getHeader();
      return {
        header: header && {
          channelHeader: header.getChannelHeader_asU8(),
          signatureHeader: header.getSignatureHeader_asU8(),
        },
        data: payload.getData_asU8(),
      };
    });
  });

  it('channel headers and signature headers', () => {
    const headers = fc
      .record({
        type: fc.integer(),
        seconds: fc.option(fc.maxSafeInteger()),
        nanos: fc.integer(),
        channelId: text(),
        txId: text(),
        epoch: long(),
        extension: bytes(),
      })
      .map(({ type, seconds, nanos, ...rest }) =>
        set(new common.ChannelHeader(), (header) => {
          header.setType(type);
          header.setVersion(1);
          header.setChannelId(rest.channelId);
          header.setTxId(rest.txId);
          header.setEpoch(rest.epoch);
          header.setExtension$(rest.extension);
          header.setTlsCertHash(Buffer.from('hash'));
          if (seconds === null) return;
          const timestamp = new timestamps.Timestamp();
          timestamp.setSeconds(seconds);
          timestamp.setNanos(nanos);
          header.setTimestamp(timestamp);
        }),
      );
    same(headers, wire.readChannelHeader, (header) => ({
      type: header.getType(),
      timestamp: header.getTimestamp()?.toObject(),
      channelId: header.getChannelId(),
      txId: header.getTxId(),
      epoch: header.getEpoch(),
      extension: header.getExtension_asU8(),
    }));
    const signatureHeaders = fc.tuple(bytes(), bytes()).map(([creator, nonce]) =>
      set(new common.SignatureHeader(), (header) => {
        header.setCreator(creator);
        header.setNonce(nonce);
      }),
    );
    same(signatureHeaders, wire.readSignatureHeader, (header) => ({
      creator: header.getCreator_asU8(),
      nonce: header.getNonce_asU8(),
    }));
  });

  it('a timestamp as the same date', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.nat(999_999), (date, rest) => {
        const timestamp = timestamps.Timestamp.fromDate(date);
        timestamp.setNanos(timestamp.getNanos() + rest);
        expect(wire.toDate(timestamp.toObject())).toEqual(timestamp.toDate());
      }),
    );
  });

  it('proposals and what is in them', () => {
    const payloads = fc.tuple(bytes(), fc.dictionary(text(), bytes())).map(([input, transient]) =>
      set(new peer.ChaincodeProposalPayload(), (payload) => {
        payload.setInput(input);
        for (const [key, value] of Object.entries(transient)) payload.getTransientmapMap().set(key, value);
      }),
    );
    same(payloads, wire.readProposalPayload, (payload) => ({
      input: payload.getInput_asU8(),
      transient: new Map(payload.getTransientmapMap().entries() as unknown as [string, Uint8Array][]),
    }));
    same(
      fc.option(chaincodeIds).map((id) =>
        set(new peer.ChaincodeHeaderExtension(), (extension) => {
          if (id !== null) extension.setChaincodeId(id);
        }),
      ),
      wire.readHeaderExtension,
      (extension) => plainId(extension.getChaincodeId()),
    );
    const invocations = fc.tuple(fc.option(chaincodeIds), fc.option(inputs)).map(([id, input]) =>
      set(new peer.ChaincodeInvocationSpec(), (invocation) => {
        const spec = new peer.ChaincodeSpec();
        spec.setType(peer.ChaincodeSpec.Type.NODE);
        if (id !== null) spec.setChaincodeId(id);
        if (input !== null) spec.setInput(input);
        invocation.setChaincodeSpec(spec);
      }),
    );
    same(invocations, wire.readInvocationSpec, (invocation) => ({
      chaincodeId: plainId(invocation.getChaincodeSpec()?.getChaincodeId()),
      input: plainInput(invocation.getChaincodeSpec()?.getInput()),
    }));
    same(inputs, wire.readChaincodeInput, plainInput);
  });

  it('transactions and what is in them', () => {
    const transactions = fc.array(fc.tuple(bytes(), bytes())).map((actions) =>
      set(new peer.Transaction(), (transaction) => {
        for (const [header, payload] of actions) {
          const action = transaction.addActions() as peer.TransactionAction;
          action.setHeader(header);
          action.setPayload(payload);
        }
      }),
    );
    same(transactions, wire.readTransaction, (transaction) =>
      transaction
        .getActionsList()
        .map((action) => ({ header: action.getHeader_asU8(), payload: action.getPayload_asU8() })),
    );
    const payloads = fc
      .tuple(bytes(), fc.option(fc.tuple(bytes(), fc.array(endorsements))))
      .map(([proposalPayload, endorsed]) =>
        set(new peer.ChaincodeActionPayload(), (payload) => {
          payload.setChaincodeProposalPayload(proposalPayload);
          if (endorsed === null) return;
          const action = new peer.ChaincodeEndorsedAction();
          action.setProposalResponsePayload(endorsed[0]);
          action.setEndorsementsList(endorsed[1]);
          payload.setAction(action);
        }),
      );
    same(payloads, wire.readActionPayload, (payload) => {
      const action = payload.getAction();
      return {
        proposalPayload: payload.getChaincodeProposalPayload_asU8(),
        action: action && {
          responsePayload: action.getProposalResponsePayload_asU8(),
          endorsements: action.getEndorsementsList().map((endorsement) => ({
            endorser: endorsement.getEndorser_asU8(),
            signature: endorsement.getSignature_asU8(),
          })),
        },
      };
    });
    const actions = fc
      .tuple(bytes(), bytes(), responses, fc.option(chaincodeIds))
      .map(([results, events, response, id]) =>
        set(new peer.ChaincodeAction(), (action) => {
          action.setResults(results);
          action.setEvents(events);
          action.setResponse(response);
          if (id !== null) action.setChaincodeId(id);
        }),
      );
    same(actions, wire.readChaincodeAction, (action) => ({
      results: action.getResults_asU8(),
      events: action.getEvents_asU8(),
      chaincodeId: plainId(action.getChaincodeId()),
    }));
    same(responses, wire.readResponse, plainResponse);
  });

  it('messages between a peer and its chaincode', () => {
    const messages = fc
      .record({
        type: fc.nat(30),
        payload: bytes(),
        txId: text(),
        channelId: text(),
        event: fc.option(text()),
      })
      .map(({ type, payload, txId, channelId, event }) =>
        set(new peer.ChaincodeMessage(), (message) => {
          message.setType(type as 1);
          message.setPayload(payload);
          message.setTxid(txId);
          message.setChannelId(channelId);
          if (event === null) return;
          const of = new peer.ChaincodeEvent();
          of.setEventName(event);
          message.setChaincodeEvent(of);
        }),
      );
    const plain = (message: peer.ChaincodeMessage) => ({
      type: message.getType(),
      payload: message.getPayload_asU8(),
      txId: message.getTxid(),
      channelId: message.getChannelId(),
      event: message.getChaincodeEvent()?.getEventName(),
    });
    const withName = (read: wire.ChaincodeMessage) => ({ ...read, event: read.event?.getEventName() });
    same(messages, (whole) => withName(wire.readChaincodeMessage(whole)), plain);
    const gets = fc.tuple(text(), text()).map(([key, collection]) =>
      set(new peer.GetState(), (request) => {
        request.setKey(key);
        request.setCollection(collection);
      }),
    );
    same(gets, wire.readGetState, (request) => ({
      key: request.getKey(),
      collection: request.getCollection(),
    }));
    const puts = fc.tuple(text(), bytes(), text()).map(([key, value, collection]) =>
      set(new peer.PutState(), (request) => {
        request.setKey(key);
        request.setValue(value);
        request.setCollection(collection);
      }),
    );
    same(puts, wire.readPutState, (request) => ({
      key: request.getKey(),
      value: request.getValue_asU8(),
      collection: request.getCollection(),
    }));
  });

  it('requests of the gateway service', () => {
    const requests = fc
      .tuple(fc.option(fc.tuple(bytes(), bytes())), fc.array(text()))
      .map(([proposed, organizations]) =>
        set(new gateway.EndorseRequest(), (request) => {
          request.setTransactionId('id');
          request.setChannelId('channel');
          request.setEndorsingOrganizationsList(organizations);
          if (proposed === null) return;
          const signed = new peer.SignedProposal();
          signed.setProposalBytes(proposed[0]);
          signed.setSignature(proposed[1]);
          request.setProposedTransaction(signed);
        }),
      );
    const plain = (proposed: peer.SignedProposal | undefined) =>
      proposed && {
        proposalBytes: proposed.getProposalBytes_asU8(),
        signature: proposed.getSignature_asU8(),
      };
    same(requests, wire.readProposalRequest, (request) => ({
      proposedTransaction: plain(request.getProposedTransaction()),
      organizations: request.getEndorsingOrganizationsList(),
    }));
    // Evaluate's request differs in names alone.
    same(
      requests.map((request) => gateway.EvaluateRequest.deserializeBinary(request.serializeBinary())),
      wire.readProposalRequest,
      (request) => ({
        proposedTransaction: plain(request.getProposedTransaction()),
        organizations: request.getTargetOrganizationsList(),
      }),
    );
    const submits = fc.tuple(text(), fc.option(bytes())).map(([channelId, payload]) =>
      set(new gateway.SubmitRequest(), (request) => {
        request.setChannelId(channelId);
        if (payload === null) return;
        const envelope = new common.Envelope();
        envelope.setPayload(payload);
        request.setPreparedTransaction(envelope);
      }),
    );
    same(submits, wire.readSubmitRequest, (request) => {
      const envelope = request.getPreparedTransaction();
      return {
        channelId: request.getChannelId(),
        preparedTransaction: envelope && {
          payload: envelope.getPayload_asU8(),
          signature: envelope.getSignature_asU8(),
        },
      };
    });
  });
});

describe('bytes that are no message', () => {
  const readers = Object.entries(wire).filter(([name]) => name.startsWith('read')) as [
    string,
    (bytes: Uint8Array) => unknown,
  ][];

  it.each(readers)('are refused or passed over by %s, and never read past their end', (_name, read) => {
    fc.assert(
      fc.property(bytes(), (garbage) => {
        try {
          read(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });

  it.each([
    ['a field that is cut off', '0a05616263'],
    ['a tag without a value', '0a'],
    ['a number without an end', '08ffffffffffffffffffffff'],
    ['a field without a number', '0001'],
    ['the end of a group that never began', '0c'],
    ['a wire type that there is not', '0f'],
  ])('are refused: %s', (_what, bytesHex) => {
    for (const [, read] of readers) expect(() => read(Buffer.from(bytesHex, 'hex'))).toThrow(Error);
  });

  it('of a known field, but another wire type, are passed over', () => {
    expect(plainOf(wire.readEnvelope(Buffer.from('0801' + '120161', 'hex')))).toEqual({
      payload: '',
      signature: '61',
    });
  });
});
