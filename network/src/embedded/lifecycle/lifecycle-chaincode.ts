import { AccessError, checkAccess, checkLocal, noSuchChannel } from '../access/index.js';
import { failure, success, type SystemCall, type SystemChaincode } from '../endorser/index.js';
import { LIFECYCLE } from './chaincode-definition.js';
import { CHANNEL_FUNCTIONS } from './channel-functions.js';
import { LifecycleError } from './lifecycle-error.js';
import { PACKAGE_FUNCTIONS, type Packages } from './package-functions.js';
import type { Response } from '../wire/index.js';

/** Fabric's `_lifecycle` of one peer: what is installed there, and what the channel's organisations agree on. */
export function lifecycleSystemChaincode(packages: Packages): SystemChaincode {
  return {
    name: LIFECYCLE,
    async invoke(call) {
      try {
        return await invoke(call, packages);
      } catch (error) {
        if (!(error instanceof LifecycleError)) throw error;
        return failure(error.message, error.status);
      }
    },
  };
}

async function invoke(call: SystemCall, packages: Packages): Promise<Response> {
  const { args } = call;
  if (args.length === 0) return failure('lifecycle scc must be invoked with arguments');
  const [nameBytes = new Uint8Array(), argument = new Uint8Array()] = args;
  if (args.length !== 2) {
    return failure(
      `lifecycle scc operations require exactly two arguments but received ${String(args.length)}`,
    );
  }
  const name = Buffer.from(nameBytes).toString('utf8');
  try {
    authorize(name, call);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return failure(`Failed to authorize invocation due to failed ACL check: ${error.message}`);
  }
  try {
    return success(await answer(name, argument, call, packages));
  } catch (error) {
    if (error instanceof LifecycleError && error.status === 404) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LifecycleError(`failed to invoke backing implementation of '${name}': ${reason}`);
  }
}

async function answer(
  name: string,
  argument: Uint8Array,
  call: SystemCall,
  packages: Packages,
): Promise<Uint8Array> {
  const local = PACKAGE_FUNCTIONS.get(name);
  if (local !== undefined) return local(argument, packages);
  const inChannel = CHANNEL_FUNCTIONS.get(name);
  if (inChannel === undefined) throw new LifecycleError(`function ${name} does not exist`);
  if (call.channel === undefined) throw new LifecycleError("no application config for channel ''");
  return inChannel.run(argument, { ...call.channel, peerMspId: call.peerMspId });
}

/**
 * Fabric's default access lists: what touches the peer, or speaks for its organisation, is its admins'.
 * @throws AccessError.
 */
function authorize(name: string, { channel, creator, peerMspId }: SystemCall): void {
  const inChannel = CHANNEL_FUNCTIONS.get(name);
  if (PACKAGE_FUNCTIONS.has(name) || inChannel?.admins === true) {
    checkLocal('Admins', peerMspId, creator);
  } else if (inChannel === undefined) {
    throw new AccessError('POLICY_NOT_SATISFIED', `Unmapped policy for ${LIFECYCLE}/${name}`);
  } else if (channel === undefined) {
    throw noSuchChannel('');
  } else {
    checkAccess(channel.ledger, `${LIFECYCLE}/${name}`, creator);
  }
}
