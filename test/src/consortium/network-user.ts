import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, signers, type Gateway } from '@hyperledger/fabric-gateway';
import { loadTopology, type Topology } from '@medaccord/network/topology';

/** Node's HTTP/2 does not always hear that a peer was killed: no call waits for ever. */
const patient = () => ({ deadline: Date.now() + 60_000 });

/** A user of a home's organisation at one of its peers (the first), by nothing but the files in the home. */
export class NetworkUser {
  private constructor(
    readonly gateway: Gateway,
    private readonly client: Client,
  ) {}

  static async connect(home: string, organisation: string, user = 'User1', peer = 0): Promise<NetworkUser> {
    const { mspId, domain, peers } = organisationOf(loadTopology(join(home, 'topology.yaml')), organisation);
    const folder = join(home, 'organizations/peerOrganizations', domain);
    const read = (file: string): Promise<Buffer> => readFile(join(folder, file));
    const msp = `users/${user}@${domain}/msp`;
    const client = new Client(
      `localhost:${String(peers[peer]?.port)}`,
      credentials.createSsl(await read(`tlsca/tlsca.${domain}-cert.pem`)),
    );
    const gateway = connect({
      client,
      identity: { mspId, credentials: await read(`${msp}/signcerts/cert.pem`) },
      signer: signers.newPrivateKeySigner(createPrivateKey(await read(`${msp}/keystore/priv_sk`))),
      hash: hash.sha256,
      evaluateOptions: patient,
      endorseOptions: patient,
      submitOptions: patient,
      commitStatusOptions: patient,
    });
    return new NetworkUser(gateway, client);
  }

  close(): void {
    this.gateway.close();
    this.client.close();
  }
}

function organisationOf({ organisations }: Topology, name: string): Topology['organisations'][number] {
  const found = organisations.find((organisation) => organisation.name === name);
  if (found === undefined) throw new Error(`the topology has no ${name}`);
  return found;
}
