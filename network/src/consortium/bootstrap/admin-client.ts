import type { Contract } from '@hyperledger/fabric-gateway';
import { GatewayError } from '@hyperledger/fabric-gateway';
import type { FunctionName, InputOf, PrivateOf } from '@medaccord/chaincode/api';
import { canonicalJson, FUNCTIONS, parseError, TRANSIENT_FIELD } from '@medaccord/chaincode/api';
import type { ConsortiumOrganisation, ConsortiumTopology } from '../../topology/index.js';
import { careOrganisations } from '../../topology/index.js';
import { openAdminGateway } from '../../admin-gateway.js';

/** The ledger as one organisation's admin sees it, through that organisation's peer. */
export interface AdminClient {
  /**
   * Submits and waits for the commit.
   * @throws CallRefused with the contract's code, or the SDK's error.
   */
  submit<F extends FunctionName>(name: F, input: InputOf<F>, secret?: PrivateOf<F>): Promise<void>;
  evaluate<F extends FunctionName>(name: F, input: InputOf<F>): Promise<unknown>;
  close(): void;
}

/** The contract said no. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function connectAdmin(
  home: string,
  topology: ConsortiumTopology,
  organisation: ConsortiumOrganisation,
): AdminClient {
  const { gateway, close } = openAdminGateway(home, organisation);
  const network = gateway.getNetwork(topology.channel);
  const contract = network.getContract(topology.chaincode.name);
  const care = careOrganisations(topology).map(({ mspId }) => mspId);
  return {
    submit: async (name, input, secret) => {
      await told(() => submit(contract, name, input, secret, care));
    },
    evaluate: async (name, input) => {
      const options = { arguments: [canonicalJson(input)], endorsingOrganizations: [organisation.mspId] };
      const result = await told(() => contract.evaluate(name, options));
      return JSON.parse(Buffer.from(result).toString('utf8'));
    },
    close,
  };
}

function submit<F extends FunctionName>(
  contract: Contract,
  name: F,
  input: InputOf<F>,
  secret: PrivateOf<F> | undefined,
  care: string[],
): Promise<Uint8Array> {
  const options = { arguments: [canonicalJson(input)] };
  if (secret === undefined) return contract.submit(name, options);
  if (FUNCTIONS[name].endorsers !== 'care')
    throw new TypeError(`${name} is not endorsed by the care organisations`);
  // Transient data go to the endorsers that are named here, and to no other.
  return contract.submit(name, {
    ...options,
    transientData: { [TRANSIENT_FIELD]: canonicalJson(secret) },
    endorsingOrganizations: care,
  });
}

/** Turns the text in which Fabric wraps a contract's refusal back into its code. */
async function told<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const text = error instanceof Error ? describe(error) : String(error);
    const refusal = parseError(text);
    if (refusal !== undefined) throw new CallRefused(refusal.code, refusal.detail);
    throw new Error(text, { cause: error });
  }
}

function describe(error: Error): string {
  const details = error instanceof GatewayError ? error.details.map(({ message }) => message) : [];
  return [error.message, ...details].join('; ');
}
