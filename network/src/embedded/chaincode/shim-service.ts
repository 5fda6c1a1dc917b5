import type { MethodDefinition } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import { readChaincodeMessage, writeChaincodeMessage, type ChaincodeMessage } from '../wire/index.js';

type Method = MethodDefinition<ChaincodeMessage, ChaincodeMessage>;

const serialize = (message: ChaincodeMessage): Buffer => {
  const { buffer, byteOffset, byteLength } = writeChaincodeMessage(message);
  return Buffer.from(buffer, byteOffset, byteLength);
};
const ours = {
  requestSerialize: serialize,
  requestDeserialize: readChaincodeMessage,
  responseSerialize: serialize,
  responseDeserialize: readChaincodeMessage,
};

/** protos.Chaincode: a peer dials its chaincode. With the peer's own reader and writer of messages. */
export const chaincodeServiceDefinition: { readonly connect: Method } = {
  connect: { ...peer.ChaincodeService.connect, ...ours },
};

/** protos.ChaincodeSupport: a chaincode dials its peer. */
export const chaincodeSupportDefinition: { readonly register: Method } = {
  register: { ...peer.ChaincodeSupportService.register, ...ours },
};
