import { ChaincodeError, makePackage, packageIdOf } from '../embedded/chaincode/index.js';
import type { ChaincodePackage } from './deploy.js';
import { DeploymentError } from './deployment-error.js';

const ADDRESS = /^[A-Za-z0-9.-]+:\d{1,5}$/;

/**
 * The package of a chaincode that listens, as `_lifecycle` takes it. Its id follows from label and address.
 * @throws DeploymentError (CHAINCODE_ARGUMENTS).
 */
export function servicePackage(label: string, address: string): ChaincodePackage {
  if (!ADDRESS.test(address)) {
    throw new DeploymentError('CHAINCODE_ARGUMENTS', `${address} is no address`, {
      hint: 'Give host and port: localhost:9999',
    });
  }
  try {
    const bytes = makePackage(label, { address, dial_timeout: '10s', tls_required: false });
    return { id: packageIdOf(label, bytes), bytes };
  } catch (cause) {
    if (!(cause instanceof ChaincodeError)) throw cause;
    throw new DeploymentError('CHAINCODE_ARGUMENTS', cause.message, { cause });
  }
}

/** How packages are called where nobody names them otherwise. */
export function defaultLabel(name: string, version: string): string {
  return `${name}_${version}`;
}
