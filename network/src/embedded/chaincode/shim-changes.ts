import { BoundedMap } from '../identity/index.js';

/** What of the shim is changed, as it costs half of a small transaction's time; none of it changes an answer. */

/** The shim logs a line at `info` for every transaction. */
const LOG_LEVEL = 'error';
const CACHED_CERTIFICATES = 1_000;

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const RANKS = new Map<string, number>(LEVELS.map((level, rank) => [level, rank]));
interface Logger extends Record<(typeof LEVELS)[number], (...message: unknown[]) => unknown> {
  level: string;
}
export interface LoggerModule {
  getLogger(name?: string): Logger;
  setLevel(level: string): void;
}
const CHANGED = Symbol('changed for the embedded ledger');

/** Winston formats a message first and leaves it out then; at a level that is not known here, it decides. */
export function formatOnlyWhatIsLogged(module: LoggerModule): void {
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

export interface CertificateClass {
  fromPEM(pem: Uint8Array | string): unknown;
}

/** The shim parses the creator's certificate anew for each transaction. */
export function parseCertificatesOnce({ Certificate }: { Certificate: CertificateClass }): void {
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

interface Schema {
  readonly properties: { readonly prop: object };
}
/** What turns a call's bytes into parameters, for one contract. */
interface Marshall {
  readonly ajv?: { compile(schema: Schema): unknown };
}

/** The contracts of a package, by their names. */
export interface Contracts {
  readonly contractImplementations: Readonly<Record<string, { readonly dataMarshall?: Marshall }>>;
}

/**
 * For each parameter of each call the shim asks Ajv for the validator of its schema, which Ajv finds by writing out
 * all schemas of the contract. They are the same for as long as the contract is loaded.
 */
export function compileParametersOnce<C extends Contracts>(chaincode: C): C {
  for (const { dataMarshall } of Object.values(chaincode.contractImplementations)) {
    const ajv = dataMarshall?.ajv;
    if (ajv === undefined) continue;
    const compile = ajv.compile.bind(ajv);
    const known = new WeakMap<object, unknown>();
    ajv.compile = (schema) => {
      const { prop } = schema.properties;
      let validator = known.get(prop);
      if (validator === undefined) known.set(prop, (validator = compile(schema)));
      return validator;
    };
  }
  return chaincode;
}
