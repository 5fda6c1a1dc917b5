import { createHash } from 'node:crypto';
import { JWS_TYPES, record, type consent, type directory } from '../api/index.js';
import { deviceKey, type DeviceKey } from './device-key.js';
import { found, practitioner } from './founding.js';
import { Refused } from './world-errors.js';
import type { Caller, World } from './world.js';

/** People and one confirmed patient of hospital-a, as most tests of consents and records need them. */
export interface Clinic {
  readonly world: World;
  readonly patient: string;
  readonly device: DeviceKey;
  /** Doctor of the custodian. */
  readonly doctor: Caller;
  readonly clerk: Caller;
  readonly admin: Caller;
  /** Doctor of hospital-b: needs a consent. */
  readonly visitor: Caller;
  readonly visitorAdmin: Caller;
  /** The service identity of another organisation's gateway: brings statements, decides nothing. */
  readonly gateway: Caller;
}

export const CUSTODIAN = 'hospital-a';
export const VISITING = 'hospital-b';

export async function openClinic(world: World, rules: Parameters<typeof found>[1] = {}): Promise<Clinic> {
  await found(world, rules);
  const clerk = await practitioner(world, CUSTODIAN, 'clerk');
  const device = deviceKey();
  const gateway = await world.caller('lab-a', 'gateway');
  const visitor = await practitioner(world, VISITING, 'doctor');
  const clinic: Clinic = {
    world,
    patient: await registered(world, clerk, visitor, device),
    device,
    doctor: await practitioner(world, CUSTODIAN, 'doctor'),
    clerk,
    admin: await world.caller(CUSTODIAN, 'admin'),
    visitor,
    visitorAdmin: await world.caller(VISITING, 'admin'),
    gateway,
  };
  return clinic;
}

/** A patient of the clerk's organisation, confirmed by another. @returns its pseudonym. */
export async function registered(
  world: World,
  clerk: Caller,
  confirming: Caller,
  device: DeviceKey,
): Promise<string> {
  const { id, patient } = await registration(world, clerk, device);
  await world.submit(confirming, 'directory:confirmPatient', { id }, { private: { patient } });
  return patient;
}

/** A patient that nobody has confirmed. @returns its pseudonym, and its registration's id. */
export async function registration(
  world: World,
  clerk: Caller,
  device: DeviceKey,
): Promise<{ id: string; patient: string }> {
  const [id, patient] = [world.id(), world.id()];
  const priv = { patient, keys: [device.jwk], salt: world.id() };
  await world.submit(clerk, 'directory:registerPatient', { id }, { private: priv });
  return { id, patient };
}

/** The custodian's clerk asks to merge one pseudonym into another, and the visiting doctor agrees. */
export async function merged(
  { world, clerk, visitor }: Clinic,
  patient: string,
  into: string,
): Promise<void> {
  const id = await registrationOf(world, clerk, patient);
  await world.submit(clerk, 'directory:mergePatients', { id }, { private: { patient, into } });
  await world.submit(visitor, 'directory:confirmMerge', { id }, { private: { patient, into } });
}

/** The id of a patient's registration, which care organisations alone can look up. */
export async function registrationOf(world: World, by: Caller, patient: string): Promise<string> {
  const found = await world.evaluate(by, 'directory:getPatient', {}, { private: { patient } });
  return (found as directory.Patient).registration;
}

/** Terms that let the visiting doctor read everything for an hour, changed as the test says. */
export function terms(clinic: Clinic, change: Partial<consent.Consent> = {}): consent.Consent {
  const { world, patient, visitor } = clinic;
  return {
    type: 'consent',
    id: world.id(),
    channel: world.channel,
    custodian: CUSTODIAN,
    patient,
    grantee: { kind: 'practitioner', organisation: VISITING, id: visitor.subject },
    permissions: ['read'],
    purposes: ['treatment'],
    filters: {},
    except: [],
    notBefore: world.now.toISOString(),
    expiresAt: after(world, 3_600),
    ...change,
  };
}

/** Instant so many seconds after the world's now. */
export function after(world: World, seconds: number): string {
  return new Date(world.now.getTime() + seconds * 1_000).toISOString();
}

/** Signs the terms on the patient's device and has a stranger's gateway bring them. */
export async function granted(
  clinic: Clinic,
  change: Partial<consent.Consent> = {},
): Promise<consent.Consent> {
  const { world, device, gateway } = clinic;
  const signed = terms(clinic, change);
  await world.submit(
    gateway,
    'consent:grant',
    { id: signed.id },
    { private: { jws: device.sign(JWS_TYPES.consent, signed), salt: world.id() } },
  );
  return signed;
}

/** A record's meta, and a leaf that is bound to it. */
export function leafOf(
  clinic: Clinic,
  author: Caller,
  change: Partial<consent.RecordMeta> = {},
  version = 1,
): { leaf: record.Leaf; meta: consent.RecordMeta; salt: string } {
  const { world, patient } = clinic;
  const meta: consent.RecordMeta = {
    patient,
    custodian: CUSTODIAN,
    record: world.id(),
    category: 'laboratory',
    author: author.subject,
    labels: [],
    serviceDate: '2026-01-02',
    ...change,
  };
  const salt = world.id();
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const leaf: record.Leaf = {
    record: meta.record,
    version,
    contentHash: hash(`content ${salt}`),
    capsuleHash: hash(`capsule ${salt}`),
    metaHash: record.metaHash(meta, salt),
    epoch: 0,
    custodian: meta.custodian,
  };
  return { leaf, meta, salt };
}

/** The code with which a call was refused; undefined where it went through. Other failures are thrown. */
export async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error.code ?? error.message;
    throw error;
  }
}
