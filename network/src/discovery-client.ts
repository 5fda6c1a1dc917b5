import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { discovery, peer } from '@hyperledger/fabric-protos';
import { nodeSigner } from './embedded/identity/index.js';
import type { NodeSigner } from './embedded/parts.js';
import { organisationPaths } from './home/index.js';
import type { Organisation } from './topology/index.js';

const DEADLINE_MS = 10_000;

/** What one peer knows of the others, as its organisation's admin is told by its discovery service. */
export class DiscoveryClient {
  private readonly client: Client;
  private readonly signer: NodeSigner;

  constructor(home: string, organisation: Organisation, node: Organisation['peers'][number]) {
    const paths = organisationPaths(home, organisation);
    const { mspId } = organisation;
    this.client = new Client(
      `localhost:${node.port}`,
      credentials.createSsl(readFileSync(paths.tlsCa.certificate)),
    );
    this.signer = nodeSigner({ mspId, dir: paths.user('Admin').msp, endpoint: '' });
  }

  close(): void {
    this.client.close();
  }

  /** How many peers of each organisation it knows on a channel, by MSP id; itself included. */
  async peers(channel: string): Promise<Map<string, number>> {
    const query = new discovery.Query();
    query.setChannel(channel);
    query.setPeerQuery(new discovery.PeerMembershipQuery());
    const counts = new Map<string, number>();
    (await this.ask(query))
      .getMembers()
      ?.getPeersByOrgMap()
      .forEach((peers: discovery.Peers, mspId: string) => counts.set(mspId, peers.getPeersList().length));
    return counts;
  }

  /** Whether it knows enough peers that run a chaincode to have its transactions endorsed. */
  async knowsEndorsers(channel: string, chaincode: string): Promise<boolean> {
    const call = new peer.ChaincodeCall();
    call.setName(chaincode);
    const interest = new peer.ChaincodeInterest();
    interest.setChaincodesList([call]);
    const asked = new discovery.ChaincodeQuery();
    asked.setInterestsList([interest]);
    const query = new discovery.Query();
    query.setChannel(channel);
    query.setCcQuery(asked);
    const [found] = (await this.ask(query)).getCcQueryRes()?.getContentList() ?? [];
    return (found?.getLayoutsList().length ?? 0) > 0;
  }

  private async ask(query: discovery.Query): Promise<discovery.QueryResult> {
    const authentication = new discovery.AuthInfo();
    authentication.setClientIdentity(this.signer.serialized);
    const request = new discovery.Request();
    request.setAuthentication(authentication);
    request.setQueriesList([query]);
    const signed = new discovery.SignedRequest();
    signed.setPayload(request.serializeBinary());
    signed.setSignature(this.signer.sign(signed.getPayload_asU8()));
    const { path, requestSerialize, responseDeserialize } = discovery.DiscoveryService.discover;
    const response = await new Promise<discovery.Response>((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        signed,
        { deadline: Date.now() + DEADLINE_MS },
        (error, answer?: discovery.Response) => {
          if (error === null && answer !== undefined) resolve(answer);
          else reject(error ?? new Error('no answer'));
        },
      );
    });
    return response.getResultsList()[0] ?? new discovery.QueryResult();
  }
}
