import { createHash } from 'node:crypto';
import { discovery, gossip, msp } from '@hyperledger/fabric-protos';
import type { ChannelLedger, NodeSigner } from '../parts.js';

/** A peer that runs, as the discovery service tells of it. */
export interface DiscoveredPeer {
  readonly signer: NodeSigner;
  /** When it started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Chaincodes of a channel that it can run. */
  chaincodes(channelId: string): readonly { readonly name: string; readonly version: string }[];
}

const { Tag } = gossip.GossipMessage;

/** A peer with what gossip would say of it: signed by the peer, though here nobody gossips. */
export function discoveredPeer(peer: DiscoveredPeer, ledger?: ChannelLedger): discovery.Peer {
  const message = new discovery.Peer();
  message.setIdentity(peer.signer.serialized);
  message.setMembershipInfo(signed(peer, aliveMessage(peer)));
  if (ledger !== undefined) message.setStateInfo(signed(peer, stateInfoMessage(peer, ledger)));
  return message;
}

/** Fabric's PKI id: SHA-256 over MSP id and certificate. */
function pkiId({ signer }: DiscoveredPeer): Buffer {
  const identity = msp.SerializedIdentity.deserializeBinary(signer.serialized);
  return createHash('sha256').update(identity.getMspid()).update(identity.getIdBytes_asU8()).digest();
}

function aliveMessage(peer: DiscoveredPeer): gossip.GossipMessage {
  const member = new gossip.Member();
  member.setEndpoint(peer.signer.endpoint);
  member.setPkiId(pkiId(peer));
  const alive = new gossip.AliveMessage();
  alive.setMembership(member);
  alive.setTimestamp(peerTime(peer));
  const message = new gossip.GossipMessage();
  message.setTag(Tag.EMPTY);
  message.setAliveMsg(alive);
  return message;
}

function stateInfoMessage(peer: DiscoveredPeer, { channelId, height }: ChannelLedger): gossip.GossipMessage {
  const properties = new gossip.Properties();
  properties.setLedgerHeight(height);
  properties.setChaincodesList(
    peer.chaincodes(channelId).map(({ name, version }) => {
      const chaincode = new gossip.Chaincode();
      chaincode.setName(name);
      chaincode.setVersion(version);
      return chaincode;
    }),
  );
  const id = pkiId(peer);
  const info = new gossip.StateInfo();
  info.setTimestamp(peerTime(peer));
  info.setPkiId(id);
  info.setChannelMac(createHash('sha256').update(id).update(channelId).digest());
  info.setProperties(properties);
  const message = new gossip.GossipMessage();
  message.setTag(Tag.CHAN_OR_ORG);
  message.setStateInfo(info);
  return message;
}

function peerTime({ startedAt }: DiscoveredPeer): gossip.PeerTime {
  const time = new gossip.PeerTime();
  time.setIncNum(startedAt);
  time.setSeqNum(Date.now() - startedAt);
  return time;
}

function signed({ signer }: DiscoveredPeer, message: gossip.GossipMessage): gossip.Envelope {
  const payload = message.serializeBinary();
  const envelope = new gossip.Envelope();
  envelope.setPayload(payload);
  envelope.setSignature(signer.sign(payload));
  return envelope;
}
