import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { peer } from '@hyperledger/fabric-protos';
import { BoundedMap } from '../identity/index.js';

/** The shim's end of a stream, as much of a gRPC stream as it uses. */
export interface ShimStream {
  on(event: 'data', listener: (message: peer.ChaincodeMessage) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  write(message: peer.ChaincodeMessage): unknown;
  end(): unknown;
}

/** The contracts of a package, as the shim calls them. */
export type ShimChaincode = object;

/** What `fabric-chaincode-node` is made of, as the package itself finds it. */
export interface ShimLibrary {
  /** The shim's side of one peer's stream: `chat` registers, and it answers until the stream ends. */
  newHandler(stream: ShimStream, chaincode: ShimChaincode): { chat(first: peer.ChaincodeMessage): void };
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
type HandlerClass = new (
  stream: ShimStream,
  chaincode: ShimChaincode,
) => ReturnType<ShimLibrary['newHandler']>;
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
/** The shim logs a line at `info` for every transaction. */
const LOG_LEVEL = 'error';
const CACHED_CERTIFICATES = 1_000;

/**
 * Loads fabric-shim for a contract package, unchanged but for two things that cost it half of a small transaction's
 * time: messages that its level leaves out are no longer formatted, and a certificate is parsed once.
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
  const { ChaincodeMessageHandler } = load<{ ChaincodeMessageHandler: HandlerClass }>('handler.js');
  const bootstrap = load<Bootstrap>('contract-spi/bootstrap.js');
  const FromContract = load<ChaincodeClass>('contract-spi/chaincodefromcontract.js');
  const Server = load<ServerClass>('server.js');
  return {
    newHandler: (stream, chaincode) => new ChaincodeMessageHandler(stream, chaincode),
    async serve(chaincode, ccid, address) {
      await new Server(chaincode, { ccid, address }).start();
    },
    async newChaincode() {
      const { contracts, serializers, title, version } = bootstrap.getInfoFromContract(folder);
      // A copy: the shim appends its own contract to the list, which is the package's.
      return new FromContract(
        [...contracts],
        serializers,
        await bootstrap.getMetadata(folder),
        title,
        version,
      );
    },
  };
}

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const RANKS = new Map<string, number>(LEVELS.map((level, rank) => [level, rank]));
interface Logger extends Record<(typeof LEVELS)[number], (...message: unknown[]) => unknown> {
  level: string;
}
interface LoggerModule {
  getLogger(name?: string): Logger;
  setLevel(level: string): void;
}
const CHANGED = Symbol('changed for the embedded ledger');

/** Winston formats a message first and leaves it out then; at a level that is not known here, it decides. */
function formatOnlyWhatIsLogged(module: LoggerModule): void {
  if (CHANGED in module) return;
  const getLogger = module.getLogger.bind(module);
  Object.assign(module, {
    [CHANGED]: true,
    getLogger(name?: string): Logger {
      const logger = getLogger(name);
      if (CHANGED in logger) return logger;
      for (const [rank, level] of LEVELS.entries()) {
        const log = logger[level].bind(logger);
        const isLogged = (): boolean => rank <= (RANKS.get(logger.level) ?? LEVELS.length);
        logger[level] = (...message) => (isLogged() ? log(...message) : logger);
      }
      return Object.assign(logger, { [CHANGED]: true });
    },
  });
  module.setLevel(LOG_LEVEL);
}

interface CertificateClass {
  fromPEM(pem: Uint8Array | string): unknown;
}

/** The shim parses the creator's certificate anew for each transaction. */
function parseCertificatesOnce({ Certificate }: { Certificate: CertificateClass }): void {
  if (CHANGED in Certificate) return;
  const parse = Certificate.fromPEM.bind(Certificate);
  const known = new BoundedMap<string, unknown>(CACHED_CERTIFICATES);
  Object.assign(Certificate, {
    [CHANGED]: true,
    fromPEM(pem: Uint8Array | string): unknown {
      const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
      let certificate = known.get(text);
      if (certificate === undefined) known.set(text, (certificate = parse(pem)));
      return certificate;
    },
  });
}
