import { createHash } from 'node:crypto';
import type { Change } from '@medaccord/chaincode/api';
import { BlockBuilder, type TestTransaction, type TestWrite } from './block-builder.js';

/** Stable 32 hex digits for a label. */
export const idOf = (label: string) => createHash('sha256').update(label).digest('hex').slice(0, 32);
export const hashOf = (label: string) => createHash('sha256').update(label).digest('hex');
const at = '2026-01-01T00:00:00.000Z';

/** A transaction that writes one public value, under its current key and its version's key, as the contracts do. */
export function writes<V extends { type: string; id: string; version: number }>(
  id: string,
  value: V,
  more: TestWrite[] = [],
) {
  const change: Change = { type: value.type, id: value.id, version: value.version };
  if ('status' in value) change.status = String(value.status);
  return {
    id: hashOf(id),
    function: `test:${value.type}`,
    changes: [change],
    writes: [
      { key: `\0${value.type}\0${value.id}\0`, value },
      { key: `\0${value.type}-version\0${value.id}\0${value.version}\0`, value },
      ...more,
    ],
  } satisfies TestTransaction;
}

/** A patient of that label, and the public stub of its registration. */
export function registered(
  label: string,
  custodian = 'hospital-a',
  version = 1,
  keys: readonly object[] = [],
) {
  const registration = idOf(`registration ${label}`);
  const common = { custodian, status: 'registered', version, updatedAt: at };
  const patient = { type: 'patient', id: idOf(label), registration, ...common, keys, salt: idOf('salt') };
  const stub = { type: 'registration', id: registration, ...common, detailsHash: hashOf(label) };
  return writes(`register ${label} ${version}`, stub, [
    { key: hashOf(`hmac ${label}`), collection: 'care', value: patient },
  ]);
}

export function consentState(label: string, status: string, version = 1) {
  const id = idOf(label);
  return {
    type: 'consent',
    id,
    custodian: 'hospital-a',
    status,
    detailsHash: hashOf(label),
    version,
    updatedAt: at,
  };
}

export function consentDetails(label: string, patient: string): TestWrite {
  const id = idOf(label);
  const grantee = { kind: 'organisation', organisation: 'hospital-b' };
  const consent = {
    type: 'consent',
    id,
    custodian: 'hospital-a',
    patient: idOf(patient),
    grantee,
    expiresAt: at,
  };
  const value = { type: 'consent-details', id, consent, consentHash: hashOf(label), assurance: 'signed' };
  return { key: hashOf(`hmac ${label}`), collection: 'care', value: { ...value, salt: idOf('salt') } };
}

const pair = { hospital: 'hospital-a', insurer: 'insurer-a', updatedAt: at };
export const claim = (version: number, status: string, appeals: number) =>
  ({
    type: 'claim',
    id: idOf('claim'),
    ...pair,
    status,
    linesHash: hashOf('l'),
    answers: 0,
    appeals,
    version,
  }) as const;
export const decision = (version: number, status: string, round: number) =>
  ({ type: 'claim-decision', id: idOf('claim'), ...pair, status, round, version }) as const;

/** A few blocks of everything that matters to the projection: versions, private data, invalid transactions. */
export function sampleChain(): BlockBuilder {
  const chain = new BlockBuilder();
  chain.add({
    id: hashOf('found'),
    function: 'directory:found',
    changes: [{ type: 'consortium', id: 'consortium', version: 1 }],
    writes: [
      {
        key: '\0consortium\0',
        value: {
          type: 'consortium',
          organisations: [
            { name: 'hospital-a', kind: 'hospital', mspId: 'HospitalAMSP' },
            { name: 'insurer-a', kind: 'insurer', mspId: 'InsurerAMSP' },
          ],
        },
      },
    ],
  });
  chain.add(
    ...['p1', 'p2', 'p3', 'p4', 'p5'].map((label) =>
      registered(label, label === 'p5' ? 'hospital-b' : undefined),
    ),
  );
  chain.add(
    writes('grant 1', consentState('consent 1', 'active'), [consentDetails('consent 1', 'p1')]),
    {
      ...writes('grant 2', consentState('consent 2', 'active'), [consentDetails('consent 2', 'p1')]),
      code: 11,
    },
    writes('grant 3', consentState('consent 3', 'active'), [
      { ...consentDetails('consent 3', 'p2'), withheld: true },
    ]),
  );
  chain.add(writes('claim', claim(1, 'submitted', 0)), writes('none', decision(1, 'none', 0)));
  chain.add(
    writes('revoke 1', consentState('consent 1', 'revoked', 2)),
    writes('deny', decision(2, 'denied', 0)),
  );
  chain.add(writes('appeal', claim(2, 'submitted', 1)));
  return chain;
}
