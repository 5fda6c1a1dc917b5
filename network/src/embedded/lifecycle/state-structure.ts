import { createHash } from 'node:crypto';
import { peer } from '@hyperledger/fabric-protos';
import { LifecycleError } from './lifecycle-error.js';

const { StateData, StateMetadata } = peer.lifecycle;

/** One field of a structure, as `_lifecycle` encodes it. */
export type FieldValue =
  { readonly number: number } | { readonly bytes: Uint8Array } | { readonly text: string };

/**
 * A structure that `_lifecycle` keeps one key a field: `<namespace>/metadata/<name>` has its type and field names,
 * `<namespace>/fields/<name>/<field>` each value (core/chaincode/lifecycle/serializer.go).
 */
export interface Structure {
  readonly type: string;
  /** In Fabric's order, which is part of the encoding. */
  readonly fields: readonly (readonly [name: string, value: FieldValue])[];
}

export interface ReadableState {
  get(key: string): Uint8Array | undefined;
}
export interface WritableState extends ReadableState {
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
}
/** State of which only hashes can be seen: another organisation's. */
export interface OpaqueState {
  readonly mspId: string;
  hash(key: string): Uint8Array | undefined;
}
export interface RangeableState {
  /** Keys that begin with `prefix`. */
  range(prefix: string): Iterable<{ readonly key: string; readonly value: Uint8Array }>;
}

export function metadataKey(namespace: string, name: string): string {
  return `${namespace}/metadata/${name}`;
}
export function fieldKey(namespace: string, name: string, field: string): string {
  return `${namespace}/fields/${name}/${field}`;
}

/** Writes what differs from what is there: a key that would stay the same is not in the write set. */
export function serialize(state: WritableState, namespace: string, name: string, structure: Structure): void {
  const metadata = readMetadata(state, namespace, name);
  const existing = new Map<string, Uint8Array | undefined>();
  for (const field of metadata?.getFieldsList() ?? []) {
    const key = fieldKey(namespace, name, field);
    existing.set(key, state.get(key));
  }
  for (const [field, value] of structure.fields) {
    const key = fieldKey(namespace, name, field);
    const bytes = encodeField(value);
    const before = existing.get(key);
    if (before === undefined || Buffer.compare(before, bytes) !== 0) state.put(key, bytes);
    existing.delete(key);
  }
  const isSameShape =
    existing.size === 0 &&
    metadata?.getDatatype() === structure.type &&
    metadata.getFieldsList().length === structure.fields.length;
  if (!isSameShape) state.put(metadataKey(namespace, name), encodeMetadata(structure));
  for (const key of existing.keys()) state.delete(key);
}

/** Fields whose hashes are others than the structure's; empty: it is there as given. */
export function mismatches(
  state: OpaqueState,
  namespace: string,
  name: string,
  structure: Structure,
): string[] {
  const found = state.hash(metadataKey(namespace, name));
  if (!isHashOf(found, encodeMetadata(structure))) return [structure.type];
  return structure.fields
    .filter(([field, value]) => !isHashOf(state.hash(fieldKey(namespace, name, field)), encodeField(value)))
    .map(([field]) => field);
}

/** True where the structure's type and field names are there, whatever the fields say. */
export function hasShape(state: OpaqueState, namespace: string, name: string, structure: Structure): boolean {
  return isHashOf(state.hash(metadataKey(namespace, name)), encodeMetadata(structure));
}

/** @returns undefined where there is no such structure. */
export function readMetadata(
  state: ReadableState,
  namespace: string,
  name: string,
): peer.lifecycle.StateMetadata | undefined {
  const bytes = state.get(metadataKey(namespace, name));
  return bytes && StateMetadata.deserializeBinary(bytes);
}

/** Names and metadata of all structures of a namespace. */
export function readAllMetadata(
  state: RangeableState,
  namespace: string,
): { name: string; metadata: peer.lifecycle.StateMetadata }[] {
  const prefix = metadataKey(namespace, '');
  return [...state.range(prefix)].map(({ key, value }) => ({
    name: key.slice(prefix.length),
    metadata: StateMetadata.deserializeBinary(value),
  }));
}

/** @throws LifecycleError where a structure of another type is there. */
export function requireType(metadata: peer.lifecycle.StateMetadata, type: string): void {
  const found = metadata.getDatatype();
  if (found !== type) throw new LifecycleError(`type name mismatch '${type}' != '${found}'`);
}

/** A field that is absent reads as empty, or 0. */
export function readField(state: ReadableState, namespace: string, name: string, field: string) {
  const data = StateData.deserializeBinary(state.get(fieldKey(namespace, name, field)) ?? new Uint8Array());
  return { number: data.getInt64(), bytes: data.getBytes_asU8(), text: data.getString() };
}

export function encodeField(value: FieldValue): Uint8Array {
  const data = new StateData();
  if ('number' in value) data.setInt64(value.number);
  else if ('bytes' in value) data.setBytes(value.bytes);
  else data.setString(value.text);
  return data.serializeBinary();
}

function encodeMetadata({ type, fields }: Structure): Uint8Array {
  const metadata = new StateMetadata();
  metadata.setDatatype(type);
  metadata.setFieldsList(fields.map(([name]) => name));
  return metadata.serializeBinary();
}

function isHashOf(hash: Uint8Array | undefined, bytes: Uint8Array): boolean {
  return hash !== undefined && createHash('sha256').update(bytes).digest().equals(hash);
}
