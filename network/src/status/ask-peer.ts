import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, type Gateway } from '@hyperledger/fabric-gateway';
import { common, gateway as gatewayProtos, peer } from '@hyperledger/fabric-protos';
import { nodeSigner } from '../embedded/identity/index.js';
import type { NodeSigner } from '../embedded/parts.js';
import { organisationPaths } from '../home/index.js';
import type { Organisation } from '../topology/index.js';

const DEADLINE_MS = 2000;
const { lifecycle } = peer;

export interface CommittedChaincode {
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
}

/**
 * What one peer itself knows, as its organisation's admin is told: a gateway might ask another one. Every question:
 * @throws Error where the peer does not answer within 2 s, or refuses.
 */
export class PeerQuestions {
  readonly #client: Client;
  readonly #gateway: Gateway;
  readonly #signer: NodeSigner;

  /** @throws Error where the admin's files are not there. */
  constructor(home: string, organisation: Organisation, node: Organisation['peers'][number]) {
    const { mspId } = organisation;
    const paths = organisationPaths(home, organisation);
    const admin = paths.user('Admin');
    this.#signer = nodeSigner({ mspId, dir: admin.msp, endpoint: '' });
    const tls = credentials.createSsl(readFileSync(paths.tlsCa.certificate));
    this.#client = new Client(`localhost:${node.port}`, tls);
    // It only words the proposals.
    const identity = { mspId, credentials: readFileSync(admin.certificate) };
    this.#gateway = connect({ client: this.#client, identity });
  }

  close(): void {
    this.#gateway.close();
    this.#client.close();
  }

  /** Number of blocks. */
  async height(channel: string): Promise<number> {
    const bytes = await this.#ask(channel, 'qscc', 'GetChainInfo', channel);
    return common.BlockchainInfo.deserializeBinary(bytes).getHeight();
  }

  /** What is committed on the channel by the blocks that this peer has. */
  async chaincodes(channel: string): Promise<CommittedChaincode[]> {
    const asked = new lifecycle.QueryChaincodeDefinitionsArgs().serializeBinary();
    const bytes = await this.#ask(channel, '_lifecycle', 'QueryChaincodeDefinitions', asked);
    return lifecycle.QueryChaincodeDefinitionsResult.deserializeBinary(bytes)
      .getChaincodeDefinitionsList()
      .map((one) => ({ name: one.getName(), version: one.getVersion(), sequence: one.getSequence() }));
  }

  async #ask(
    channel: string,
    chaincode: string,
    name: string,
    argument: string | Uint8Array,
  ): Promise<Uint8Array> {
    const proposal = this.#gateway
      .getNetwork(channel)
      .getContract(chaincode)
      .newProposal(name, { arguments: [argument] });
    const proposed = gatewayProtos.ProposedTransaction.deserializeBinary(proposal.getBytes());
    const signed = proposed.getProposal() ?? new peer.SignedProposal();
    signed.setSignature(this.#signer.sign(signed.getProposalBytes_asU8()));
    const answer = (await this.#send(signed)).getResponse();
    if (answer?.getStatus() === 200) return answer.getPayload_asU8();
    throw new Error(answer?.getMessage() ?? 'an empty answer');
  }

  #send(proposal: peer.SignedProposal): Promise<peer.ProposalResponse> {
    const { path, requestSerialize, responseDeserialize } = peer.EndorserService.processProposal;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        proposal,
        { deadline: Date.now() + DEADLINE_MS },
        (error, response?: peer.ProposalResponse) => {
          if (error === null && response !== undefined) resolve(response);
          else reject(error ?? new Error('no answer'));
        },
      );
    });
  }
}
