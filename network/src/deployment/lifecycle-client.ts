import { setTimeout as wait } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { EndorseError, GatewayError, type Contract, type Network } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';
import { fillArguments, type DefinitionToDeploy } from './definition.js';
import { DeploymentError } from './deployment-error.js';

const { lifecycle } = peer;

const APART_MS = 20_000;
const APART_PAUSE_MS = 250;

interface Message {
  serializeBinary(): Uint8Array;
}

/** `_lifecycle` at one peer, as an admin of its organisation calls it. */
export class LifecycleClient {
  readonly #contract: Contract;
  readonly #mspId: string;

  constructor(network: Network, mspId: string) {
    this.#contract = network.getContract('_lifecycle');
    this.#mspId = mspId;
  }

  /** Ids of the packages that the peer has installed. */
  async installed(): Promise<string[]> {
    const bytes = await this.#evaluate(
      'QueryInstalledChaincodes',
      new lifecycle.QueryInstalledChaincodesArgs(),
    );
    return lifecycle.QueryInstalledChaincodesResult.deserializeBinary(bytes)
      .getInstalledChaincodesList()
      .map((chaincode) => chaincode.getPackageId());
  }

  async install(packageBytes: Uint8Array): Promise<void> {
    const args = new lifecycle.InstallChaincodeArgs();
    args.setChaincodeInstallPackage(packageBytes);
    await this.#evaluate('InstallChaincode', args);
  }

  /** @returns undefined where nothing of that name is committed. */
  async committed(name: string): Promise<peer.lifecycle.QueryChaincodeDefinitionResult | undefined> {
    const args = new lifecycle.QueryChaincodeDefinitionArgs();
    args.setName(name);
    try {
      return lifecycle.QueryChaincodeDefinitionResult.deserializeBinary(
        await this.#evaluate('QueryChaincodeDefinition', args),
      );
    } catch (error) {
      if (error instanceof DeploymentError && error.message.includes('chaincode response 404')) {
        return undefined;
      }
      throw error;
    }
  }

  async allCommitted(): Promise<peer.lifecycle.QueryChaincodeDefinitionsResult.ChaincodeDefinition[]> {
    const bytes = await this.#evaluate(
      'QueryChaincodeDefinitions',
      new lifecycle.QueryChaincodeDefinitionsArgs(),
    );
    return lifecycle.QueryChaincodeDefinitionsResult.deserializeBinary(bytes).getChaincodeDefinitionsList();
  }

  /** @returns undefined where the organisation has not approved that sequence. */
  async approved(
    name: string,
    sequence: number,
  ): Promise<peer.lifecycle.QueryApprovedChaincodeDefinitionResult | undefined> {
    const args = new lifecycle.QueryApprovedChaincodeDefinitionArgs();
    args.setName(name);
    args.setSequence(sequence);
    try {
      return lifecycle.QueryApprovedChaincodeDefinitionResult.deserializeBinary(
        await this.#evaluate('QueryApprovedChaincodeDefinition', args),
      );
    } catch (error) {
      const isAbsent =
        error instanceof DeploymentError &&
        error.message.includes('could not fetch approved chaincode definition');
      if (isAbsent) return undefined;
      throw error;
    }
  }

  /** @param packageId Undefined: the organisation's peers do not run it, or it dials in. */
  async approve(
    definition: DefinitionToDeploy,
    sequence: number,
    packageId: string | undefined,
  ): Promise<void> {
    const args = new lifecycle.ApproveChaincodeDefinitionForMyOrgArgs();
    fillArguments(args, definition, sequence);
    args.setSource(sourceOf(packageId));
    await this.#submit('ApproveChaincodeDefinitionForMyOrg', args, [this.#mspId]);
  }

  /** MSP ids of the organisations that have approved exactly this. */
  async approvers(definition: DefinitionToDeploy, sequence: number): Promise<string[]> {
    const args = new lifecycle.CheckCommitReadinessArgs();
    fillArguments(args, definition, sequence);
    const result = lifecycle.CheckCommitReadinessResult.deserializeBinary(
      await this.#evaluate('CheckCommitReadiness', args),
    );
    const mspIds: string[] = [];
    result.getApprovalsMap().forEach((isApproved, mspId) => {
      if (isApproved) mspIds.push(mspId);
    });
    return mspIds.sort();
  }

  /** @param endorsers Organisations that have approved it: no other would endorse. */
  async commit(
    definition: DefinitionToDeploy,
    sequence: number,
    endorsers: readonly string[],
  ): Promise<void> {
    const args = new lifecycle.CommitChaincodeDefinitionArgs();
    fillArguments(args, definition, sequence);
    await this.#submit('CommitChaincodeDefinition', args, endorsers);
  }

  /** At this organisation's peers alone: another's would answer for itself. */
  async #evaluate(name: string, args: Message): Promise<Uint8Array> {
    return told(name, () =>
      this.#contract.evaluate(name, {
        arguments: [args.serializeBinary()],
        endorsingOrganizations: [this.#mspId],
      }),
    );
  }

  async #submit(name: string, args: Message, endorsers: readonly string[]): Promise<void> {
    await told(name, () =>
      whileApart(() =>
        this.#contract.submit(name, {
          arguments: [args.serializeBinary()],
          endorsingOrganizations: [...endorsers],
        }),
      ),
    );
  }
}

/**
 * A peer that is busy is missed by the others for some seconds, and no gateway finds an endorser of its organisation
 * then. Nothing was sent: it is tried again, for 20 s.
 */
async function whileApart(submit: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + APART_MS; ; await wait(APART_PAUSE_MS)) {
    try {
      await submit();
      return;
    } catch (error) {
      const isApart = error instanceof EndorseError && error.code === status.UNAVAILABLE;
      if (!isApart || Date.now() >= deadline) throw error;
    }
  }
}

function sourceOf(packageId: string | undefined): peer.lifecycle.ChaincodeSource {
  const source = new lifecycle.ChaincodeSource();
  if (packageId === undefined) source.setUnavailable(new lifecycle.ChaincodeSource.Unavailable());
  else {
    const local = new lifecycle.ChaincodeSource.Local();
    local.setPackageId(packageId);
    source.setLocalPackage(local);
  }
  return source;
}

/** The package that an approval names. */
export function packageOf(approval: {
  getSource(): peer.lifecycle.ChaincodeSource | undefined;
}): string | undefined {
  return approval.getSource()?.getLocalPackage()?.getPackageId();
}

function hintFor(said: string): string | undefined {
  return /previously defined collections|missing in the proposed collection/.test(said)
    ? 'A collection stays for ever: give --collections a file that has those of the committed definition, too.'
    : undefined;
}

/** @throws DeploymentError (DEPLOYMENT_REFUSED) with what the peers said. */
async function told<T>(step: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const details = cause instanceof GatewayError ? cause.details : [];
    const said =
      details.length > 0
        ? details.map(({ mspId, message }) => `${mspId}: ${message}`).join('; ')
        : cause instanceof Error
          ? cause.message
          : String(cause);
    throw new DeploymentError('DEPLOYMENT_REFUSED', `${step} failed: ${said}`, {
      hint: hintFor(said),
      cause,
    });
  }
}
