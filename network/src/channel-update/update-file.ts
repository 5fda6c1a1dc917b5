import { readFileSync } from 'node:fs';
import { common } from '@hyperledger/fabric-protos';
import { writeDurably } from '../process/index.js';
import { ChannelUpdateError } from './channel-update-error.js';
import { updateEnvelope, type SignedUpdate } from './update-envelope.js';

/** Writes an update for others to sign: the file that `peer channel signconfigtx` and `peer channel update` take. */
export function writeUpdateFile(file: string, update: SignedUpdate): void {
  writeDurably(file, updateEnvelope(update).serializeBinary());
}

/** @throws ChannelUpdateError UPDATE_FILE_UNREADABLE, UPDATE_FILE_INVALID. */
export function readUpdateFile(file: string): SignedUpdate {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChannelUpdateError('UPDATE_FILE_UNREADABLE', `${file}: ${reason}`, undefined, cause);
  }
  let found: SignedUpdate | undefined;
  try {
    found = decode(bytes);
  } catch (cause) {
    throw invalid(file, cause);
  }
  if (found === undefined) throw invalid(file);
  return found;
}

function decode(bytes: Uint8Array): SignedUpdate | undefined {
  const payload = common.Payload.deserializeBinary(
    common.Envelope.deserializeBinary(bytes).getPayload_asU8(),
  );
  const header = common.ChannelHeader.deserializeBinary(
    payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array(),
  );
  if (header.getType() !== common.HeaderType.CONFIG_UPDATE) return undefined;
  const envelope = common.ConfigUpdateEnvelope.deserializeBinary(payload.getData_asU8());
  const update = common.ConfigUpdate.deserializeBinary(envelope.getConfigUpdate_asU8());
  const channel = update.getChannelId();
  if (channel === '' || channel !== header.getChannelId() || !update.hasWriteSet()) return undefined;
  return { channel, update, envelope };
}

function invalid(file: string, cause?: unknown): ChannelUpdateError {
  return new ChannelUpdateError(
    'UPDATE_FILE_INVALID',
    `${file} holds no update of a channel's configuration`,
    'Make one with --export FILE, or with `configtxlator compute_update` and an envelope around it.',
    cause,
  );
}
