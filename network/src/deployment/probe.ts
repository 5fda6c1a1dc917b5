import { ChaincodeError, ChaincodeService } from '../embedded/chaincode/index.js';
import { DeploymentError } from './deployment-error.js';

/**
 * Asks whether a chaincode answers at an address, in the way a peer does.
 * @returns the id that it registers under (its `CHAINCODE_ID`).
 * @throws DeploymentError (CHAINCODE_UNREACHABLE).
 */
export async function probeChaincode(address: string, timeoutMs = 5_000): Promise<string> {
  let registered = '';
  const service = new ChaincodeService({
    packageId: address,
    address,
    onStateChange: (connected, id) => {
      if (connected) registered = id;
    },
  });
  try {
    await service.ready(timeoutMs);
    return registered;
  } catch (cause) {
    if (!(cause instanceof ChaincodeError)) throw cause;
    throw new DeploymentError('CHAINCODE_UNREACHABLE', `no chaincode answers at ${address}`, {
      hint: 'Start it first, as a service that listens there (CHAINCODE_SERVER_ADDRESS), or say --no-check.',
      cause,
    });
  } finally {
    await service.close();
  }
}
