import { peer } from '@hyperledger/fabric-protos';
import { LifecycleError } from './lifecycle-error.js';

/** A chaincode package of a peer. */
export interface InstalledPackage {
  readonly packageId: string;
  readonly label: string;
}

/** The packages of one peer, and which definitions run them. */
export interface Packages {
  /** @throws an error whose message tells what is wrong with the package, or that it is installed already. */
  install(bytes: Uint8Array): Promise<InstalledPackage>;
  list(): readonly InstalledPackage[];
  /** The package as it was installed. */
  load(packageId: string): Uint8Array | undefined;
  /** Channel → the definitions that are committed there, approved by the peer's organisation, and run this package. */
  references(packageId: string): ReadonlyMap<string, readonly { name: string; version: string }[]>;
}

type PackageFunction = (argument: Uint8Array, packages: Packages) => Promise<Uint8Array>;

const { lifecycle } = peer;

/** The functions of `_lifecycle` that are about one peer; all of them are its admins'. */
export const PACKAGE_FUNCTIONS: ReadonlyMap<string, PackageFunction> = new Map([
  ['InstallChaincode', install],
  ['QueryInstalledChaincode', queryOne],
  ['QueryInstalledChaincodes', queryAll],
  ['GetInstalledChaincodePackage', getPackage],
]);

async function install(argument: Uint8Array, packages: Packages): Promise<Uint8Array> {
  const args = lifecycle.InstallChaincodeArgs.deserializeBinary(argument);
  const { packageId, label } = await packages.install(args.getChaincodeInstallPackage_asU8());
  const result = new lifecycle.InstallChaincodeResult();
  result.setPackageId(packageId);
  result.setLabel(label);
  return result.serializeBinary();
}

function queryOne(argument: Uint8Array, packages: Packages): Promise<Uint8Array> {
  const packageId = lifecycle.QueryInstalledChaincodeArgs.deserializeBinary(argument).getPackageId();
  const found = packages.list().find((installed) => installed.packageId === packageId);
  if (found === undefined) {
    throw new LifecycleError(`could not find chaincode with package id '${packageId}'`);
  }
  const result = new lifecycle.QueryInstalledChaincodeResult();
  result.setPackageId(found.packageId);
  result.setLabel(found.label);
  for (const [channel, definitions] of packages.references(packageId)) {
    const references = new lifecycle.QueryInstalledChaincodeResult.References();
    for (const { name, version } of definitions) {
      const chaincode = references.addChaincodes();
      chaincode.setName(name);
      chaincode.setVersion(version);
    }
    result.getReferencesMap().set(channel, references);
  }
  return Promise.resolve(result.serializeBinary());
}

function queryAll(_argument: Uint8Array, packages: Packages): Promise<Uint8Array> {
  const result = new lifecycle.QueryInstalledChaincodesResult();
  for (const { packageId, label } of packages.list()) {
    const installed = result.addInstalledChaincodes();
    installed.setPackageId(packageId);
    installed.setLabel(label);
    for (const [channel, definitions] of packages.references(packageId)) {
      const references = new lifecycle.QueryInstalledChaincodesResult.References();
      for (const { name, version } of definitions) {
        const chaincode = references.addChaincodes();
        chaincode.setName(name);
        chaincode.setVersion(version);
      }
      installed.getReferencesMap().set(channel, references);
    }
  }
  return Promise.resolve(result.serializeBinary());
}

function getPackage(argument: Uint8Array, packages: Packages): Promise<Uint8Array> {
  const packageId = lifecycle.GetInstalledChaincodePackageArgs.deserializeBinary(argument).getPackageId();
  const bytes = packages.load(packageId);
  if (bytes === undefined) {
    throw new LifecycleError(
      `could not load cc install package: chaincode install package '${packageId}' not found`,
    );
  }
  const result = new lifecycle.GetInstalledChaincodePackageResult();
  result.setChaincodeInstallPackage(bytes);
  return Promise.resolve(result.serializeBinary());
}
