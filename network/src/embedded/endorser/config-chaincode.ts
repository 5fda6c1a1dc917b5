import { peer } from '@hyperledger/fabric-protos';
import { AccessError, checkLocal } from '../access/index.js';
import type { Channels } from '../parts.js';
import { configurationOf } from '../policy/index.js';
import { denialOf } from './query-chaincode.js';
import { failure, success, type SystemCall, type SystemChaincode } from './system-chaincode.js';
import type { Response } from '../wire/index.js';

/**
 * Fabric's configuration system chaincode: GetChannels, GetConfigBlock and GetChannelConfig. Channels are joined
 * where the topology says so: JoinChain and its like are refused.
 * @param channels Those that the peer has joined.
 */
export function configSystemChaincode(channels: Channels): SystemChaincode {
  return { name: 'cscc', invoke: (call) => Promise.resolve(configure(call, channels)) };
}

function configure(call: SystemCall, channels: Channels): Response {
  const { args, creator, proposed } = call;
  const [name = '', channelId] = args.map((bytes) => Buffer.from(bytes).toString('utf8'));
  if (args.length === 0 || (name !== 'GetChannels' && channelId === undefined)) {
    return failure(`Incorrect number of arguments, ${String(args.length)}`);
  }
  if (proposed !== 'cscc') {
    return failure(`Rejecting invoke of CSCC from another chaincode, original invocation for '${proposed}'`);
  }
  if (name === 'GetChannels') return listChannels(call, channels);
  if (name !== 'GetConfigBlock' && name !== 'GetChannelConfig') {
    return failure(`Requested function ${name} not found.`);
  }
  const ledger = channels.get(channelId ?? '')?.ledger;
  if (ledger === undefined) {
    // Fabric looks at the access policy first, and has none to look at.
    const reason = `Failed to get policy manager for channel [${channelId ?? ''}]`;
    return failure(`access denied for [${name}][${channelId ?? ''}]: ${reason}`);
  }
  const denial = denialOf(ledger, `cscc/${name}`, creator);
  if (denial !== undefined) return failure(`access denied for [${name}][${ledger.channelId}]: ${denial}`);
  const block = ledger.configBlock;
  const answer = name === 'GetConfigBlock' ? block : configurationOf(block);
  return success(answer?.serializeBinary() ?? new Uint8Array());
}

function listChannels({ creator, peerMspId }: SystemCall, channels: Channels): Response {
  try {
    checkLocal('Members', peerMspId, creator);
  } catch (error) {
    if (error instanceof AccessError) return failure(`access denied for [GetChannels]: ${error.message}`);
    throw error;
  }
  const response = new peer.ChannelQueryResponse();
  for (const channelId of channels.keys()) response.addChannels().setChannelId(channelId);
  return success(response.serializeBinary());
}
