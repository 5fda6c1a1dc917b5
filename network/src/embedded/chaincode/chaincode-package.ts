import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createTar, parseTar } from 'nanotar';
import { ChaincodeError } from './chaincode-error.js';

/** `connection.json` of a package of type `ccaas`: how to reach a chaincode that listens. Certificates are PEM. */
export interface Connection {
  /** `localhost:9999`. */
  readonly address: string;
  /** As Go writes durations: `10s`, `500ms`. */
  readonly dial_timeout?: string;
  readonly tls_required?: boolean;
  readonly client_auth_required?: boolean;
  readonly client_key?: string;
  readonly client_cert?: string;
  readonly root_cert?: string;
  /** The name in the service's certificate, where that is not the address's host. */
  readonly domain?: string;
}

/** A chaincode package, as `_lifecycle` installs it: a tar.gz of `metadata.json` and `code.tar.gz`. */
export interface ChaincodePackage {
  readonly label: string;
  readonly type: string;
  /** Files of the code, by path. */
  readonly code: ReadonlyMap<string, Uint8Array>;
}

const METADATA_FILE = 'metadata.json';
const CODE_FILE = 'code.tar.gz';
const LABEL = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]*$/;
/** Unpacked. */
const MAX_BYTES = 100 * 1024 * 1024;

/** Fabric's name for a package: its label and the SHA-256 of its bytes. */
export function packageIdOf(label: string, bytes: Uint8Array): string {
  return `${label}:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** @throws ChaincodeError (BAD_PACKAGE) in Fabric's words. */
export function parsePackage(bytes: Uint8Array): ChaincodePackage {
  let metadata: { type: string; label: string } | undefined;
  let code: Uint8Array | undefined;
  for (const [name, data] of untar(bytes)) {
    if (name === METADATA_FILE) metadata = parseMetadata(data);
    else if (name === CODE_FILE) code = data;
  }
  if (code === undefined) throw bad('did not find a code package inside the package');
  if (metadata === undefined) throw bad(`did not find any package metadata (missing ${METADATA_FILE})`);
  if (!LABEL.test(metadata.label)) {
    throw bad(
      `invalid label '${metadata.label}'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics`,
    );
  }
  return { ...metadata, code: new Map(untar(code, 'error retrieving DB artifacts from code package: ')) };
}

/**
 * A package for a chaincode that listens. The same arguments give the same bytes, and so the same id: nothing is
 * compressed, and no file has a date.
 * @throws ChaincodeError (BAD_PACKAGE) where the label is none.
 */
export function makePackage(label: string, connection: Connection): Uint8Array {
  const code = tarGz([['connection.json', json(connection)]]);
  const bytes = tarGz([
    [METADATA_FILE, json({ type: 'ccaas', label })],
    [CODE_FILE, code],
  ]);
  parsePackage(bytes);
  return bytes;
}

function parseMetadata(data: Uint8Array): { type: string; label: string } {
  const parsed = parseJson(data, `could not unmarshal ${METADATA_FILE} as json`);
  const { type = '', label = '' } = parsed as { type?: unknown; label?: unknown };
  if (typeof type !== 'string' || typeof label !== 'string') {
    throw bad(`could not unmarshal ${METADATA_FILE} as json: type and label have to be strings`);
  }
  return { type, label };
}

/** An object. @throws ChaincodeError (BAD_PACKAGE). */
export function parseJson(data: Uint8Array, wording: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(data).toString('utf8'));
  } catch (cause) {
    throw bad(`${wording}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (typeof parsed !== 'object' || parsed === null) throw bad(`${wording}: it is no object`);
  return parsed;
}

function untar(bytes: Uint8Array, wording = ''): [string, Uint8Array][] {
  let tar: Buffer;
  try {
    tar = gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw bad(`${wording}error reading as gzip stream: ${reason}`);
  }
  let entries;
  try {
    // A copy: the library reads the whole of the buffer behind the bytes.
    entries = parseTar(Uint8Array.from(tar).buffer);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw bad(`${wording}error inspecting next tar header: ${reason}`);
  }
  return entries
    .filter(({ type }) => type === 'file')
    .map(({ name, data }) => [name.replace(/^\.\//, ''), data ?? new Uint8Array()]);
}

function tarGz(files: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const attrs = { mtime: 0, mode: '644', user: '', group: '' };
  return gzipSync(createTar(files.map(([name, data]) => ({ name, data, attrs }))), { level: 0 });
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function bad(reason: string): ChaincodeError {
  return new ChaincodeError('BAD_PACKAGE', reason);
}
