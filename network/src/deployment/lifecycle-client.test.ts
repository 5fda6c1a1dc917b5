import { status, type ServiceError } from '@grpc/grpc-js';
import { EndorseError, type Network } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import type { DefinitionToDeploy } from './definition.js';
import { LifecycleClient } from './lifecycle-client.js';

const DEFINITION: DefinitionToDeploy = {
  name: 'basic',
  version: '1.0',
  initRequired: false,
  policy: new peer.ApplicationPolicy(),
  collections: new peer.CollectionConfigPackage(),
};

function refusal(code: status): EndorseError {
  const cause = new Error('the peers') as ServiceError;
  return new EndorseError({ code, details: [], cause, transactionId: 'a', message: 'no endorsing peers' });
}

/** A network whose submits fail with these, one after the other, and then succeed. */
function client(...failures: Error[]): { client: LifecycleClient; submits: () => number } {
  let count = 0;
  const contract = {
    submit: () => {
      const failure = failures[count++];
      return failure === undefined ? Promise.resolve(new Uint8Array()) : Promise.reject(failure);
    },
  };
  const network = { getContract: () => contract } as unknown as Network;
  return { client: new LifecycleClient(network, 'AMSP'), submits: () => count };
}

describe('a step of the life cycle', () => {
  it('is sent again while a peer is missed by the others', async () => {
    const twice = client(refusal(status.UNAVAILABLE), refusal(status.UNAVAILABLE));
    await twice.client.approve(DEFINITION, 1, undefined);
    expect(twice.submits()).toBe(3);
  });

  it('is not sent again where the peers refuse it', async () => {
    const refused = client(refusal(status.ABORTED));
    await expect(refused.client.approve(DEFINITION, 1, undefined)).rejects.toMatchObject({
      code: 'DEPLOYMENT_REFUSED',
      message: expect.stringContaining('no endorsing peers') as string,
    });
    expect(refused.submits()).toBe(1);
  });
});
