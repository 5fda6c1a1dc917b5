import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { ChaincodeTransaction } from './runtime.js';
import {
  compileParametersOnce,
  formatOnlyWhatIsLogged,
  parseCertificatesOnce,
  type CertificateClass,
  type Contracts,
  type LoggerModule,
} from './shim-changes.js';
import { transactionStub, type ShimStub, type StubClass } from './shim-stub.js';
import { transactionHandler, type MessageHandlerClass, type RequestsOf } from './shim-handler.js';

/** What a contract answers; the shim does not say what is missing. */
export interface ShimResponse {
  readonly status?: number;
  readonly message?: string;
  readonly payload?: Uint8Array;
}

/** The contracts of a package, as the shim calls them. */
export interface ShimChaincode extends Contracts {
  Init(stub: ShimStub): Promise<ShimResponse | undefined>;
  Invoke(stub: ShimStub): Promise<ShimResponse | undefined>;
}

/** What `fabric-chaincode-node` is made of, as the package itself finds it. */
export interface ShimLibrary {
  /** One transaction as its contract sees it. @throws what a proposal that the shim cannot read leads to. */
  newStub(transaction: ChaincodeTransaction, requests: RequestsOf): ShimStub;
  /** The package's contracts. @throws what loading them throws. */
  newChaincode(): Promise<ShimChaincode>;
  /** Listens for peers at `localhost:7052`, without TLS. */
  serve(chaincode: ShimChaincode, chaincodeId: string, address: string): Promise<void>;
}

interface Bootstrap {
  getInfoFromContract(folder: string): Readonly<{
    contracts: unknown[];
    serializers: unknown;
    title: string;
    version: string;
  }>;
  getMetadata(folder: string): Promise<unknown>;
}
type ServerClass = new (
  chaincode: ShimChaincode,
  options: { ccid: string; address: string },
) => { start(): Promise<void> };
type ChaincodeClass = new (
  contracts: unknown[],
  serializers: unknown,
  metadata: unknown,
  title: string,
  version: string,
) => ShimChaincode;

const PROTOS = '@hyperledger/fabric-protos';

/**
 * Loads fabric-shim for a contract package, unchanged but for three things that cost it half of a small transaction's
 * time: messages that its level leaves out are no longer formatted, a certificate is parsed once, and so is what a
 * contract's metadata says of parameters.
 * @throws Error where the folder holds no package with the shim, or brings protobuf classes of its own: these register
 * themselves globally, in place of the ledger's.
 */
export function loadShimLibrary(folder: string): ShimLibrary {
  const manifest = join(resolve(folder), 'package.json');
  if (!existsSync(manifest)) throw new Error(`${manifest} does not exist`);
  const shim = createRequire(createRequire(manifest).resolve('fabric-shim'));
  if (shim.resolve(PROTOS) !== createRequire(import.meta.url).resolve(PROTOS)) {
    throw new Error(`the package brings its own copy of ${PROTOS}; run it as a service`);
  }
  const load = <T>(module: string): T => shim(`fabric-shim/lib/${module}`) as T;
  formatOnlyWhatIsLogged(load('logger.js'));
  formatOnlyWhatIsLogged(shim('fabric-contract-api/lib/logger.js') as LoggerModule);
  parseCertificatesOnce(shim('@fidm/x509') as { Certificate: CertificateClass });
  const { ChaincodeMessageHandler } = load<{ ChaincodeMessageHandler: MessageHandlerClass }>('handler.js');
  const TransactionHandler = transactionHandler(ChaincodeMessageHandler);
  const TransactionStub = transactionStub(load<StubClass>('stub.js'));
  const bootstrap = load<Bootstrap>('contract-spi/bootstrap.js');
  const FromContract = load<ChaincodeClass>('contract-spi/chaincodefromcontract.js');
  const Server = load<ServerClass>('server.js');
  return {
    newStub: (transaction, requests) => new TransactionStub(new TransactionHandler(requests), transaction),
    async serve(chaincode, ccid, address) {
      await new Server(chaincode, { ccid, address }).start();
    },
    async newChaincode() {
      const { contracts, serializers, title, version } = bootstrap.getInfoFromContract(folder);
      // A copy: the shim appends its own contract to the list, which is the package's.
      return compileParametersOnce(
        new FromContract([...contracts], serializers, await bootstrap.getMetadata(folder), title, version),
      );
    },
  };
}
