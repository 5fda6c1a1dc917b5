import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCare, type directory, type InputOf } from '@medaccord/chaincode/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  loadConsortium,
  type ConsortiumOrganisation,
  type ConsortiumTopology,
} from '../../topology/index.js';
import { organisationPaths } from '../../home/index.js';
import { CallRefused, type AdminClient } from './admin-client.js';
import { bootstrapLedger } from './found.js';

const SIX = fileURLToPath(new URL('../../../../config/examples/six-organisations.yaml', import.meta.url));

let home: string;
let ledger: StandInLedger;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  ledger = new StandInLedger();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Six organisations; those that `first` names stand in front. */
function topology(first: (organisation: ConsortiumOrganisation) => boolean = () => true): ConsortiumTopology {
  const read = loadConsortium(SIX);
  const organisations = read.organisations.toSorted((a, b) => Number(first(b)) - Number(first(a)));
  return { ...read, organisations };
}

/** A user's folder with nothing but who it is. */
function issue(organisation: ConsortiumOrganisation, name: string, role: string): string {
  const subject = Buffer.from(`${organisation.name}/${name}`).toString('hex').padEnd(32, '0').slice(-32);
  const file = organisationPaths(home, organisation).user(name).identity;
  mkdirSync(dirname(file), { recursive: true });
  const { name: own, mspId } = organisation;
  writeFileSync(file, JSON.stringify({ name, organisation: own, mspId, role, subject }));
  return subject;
}

/** The rules of the contract that matter here: who founds, and a practitioner's states. */
class StandInLedger {
  foundedBy: string | undefined;
  members: readonly directory.Organisation[] = [];
  readonly memberships: unknown[] = [];
  readonly practitioners = new Map<string, { status: directory.Practitioner['status']; version: number }>();
  readonly calls: string[] = [];
  /** The function after which the next process that asks is cut off. */
  cutAfter: string | undefined;

  connect = (
    _home: string,
    _topology: ConsortiumTopology,
    organisation: ConsortiumOrganisation,
  ): AdminClient => ({
    submit: (name, input) => {
      this.calls.push(name);
      if (name === 'directory:found') this.found(organisation, input as InputOf<'directory:found'>);
      else if (name === 'directory:approveMembership') this.memberships.push(input);
      else this.practitioner(name, (input as InputOf<'directory:approvePractitioner'>).id);
      if (name === this.cutAfter) return Promise.reject(new Error('cut off'));
      return Promise.resolve();
    },
    evaluate: (name, input) => {
      if (name === 'directory:consortium') {
        const consortium = { organisations: this.members };
        return this.foundedBy === undefined ? refuse('NOT_FOUNDED') : Promise.resolve(consortium);
      }
      const known = this.practitioners.get((input as { id: string }).id);
      return known === undefined ? refuse('NOT_FOUND') : Promise.resolve(known);
    },
    close: () => undefined,
  });

  private found({ name, kind }: ConsortiumOrganisation, input: InputOf<'directory:found'>): void {
    if (!isCare(kind)) throw new CallRefused('UNAUTHORIZED_ORGANISATION', 'only for a care organisation');
    this.foundedBy = name;
    this.members = input.organisations;
  }

  private practitioner(name: string, id: string): void {
    const version = (this.practitioners.get(id)?.version ?? 0) + 1;
    const status = name === 'directory:requestPractitioner' ? 'requested' : 'approved';
    this.practitioners.set(id, { status, version });
  }
}

function refuse(code: string): Promise<never> {
  return Promise.reject(new CallRefused(code, ''));
}

describe('bootstrapLedger', () => {
  it('lets the admins of care organisations admit who came, and let go who is not in the topology', async () => {
    await bootstrapLedger(home, topology(), ledger.connect);
    const [gone, ...others] = ledger.members;
    const former = { name: 'former', kind: 'lab', mspId: 'FormerMSP' } as const;
    ledger.members = [...others, former];
    const done = await bootstrapLedger(home, topology(), ledger.connect);
    expect(done).toBe(`already founded, ${gone?.name ?? ''} joined, former left`);
    // Three care organisations of the six were members, and approved both.
    expect(ledger.memberships).toEqual([
      ...[1, 2, 3].map(() => ({ organisation: gone, step: 'join' })),
      ...[1, 2, 3].map(() => ({ organisation: former, step: 'leave' })),
    ]);
  });

  it('founds as the first care organisation, wherever it stands', async () => {
    const insurerFirst = topology(({ kind }) => kind === 'insurer');
    expect(insurerFirst.organisations[0]?.kind).toBe('insurer');
    await expect(bootstrapLedger(home, insurerFirst, ledger.connect)).resolves.toMatch(/^founded/);
    expect(ledger.foundedBy).toBe(insurerFirst.organisations.find(({ kind }) => isCare(kind))?.name);
    await expect(bootstrapLedger(home, insurerFirst, ledger.connect)).resolves.toBe('already founded');
  });

  it('approves demo practitioners, and nobody who was issued by hand', async () => {
    const [hospital] = topology().organisations;
    if (hospital === undefined) expect.fail('no organisation');
    const doctor = issue(hospital, 'doctor', 'doctor');
    issue(hospital, 'Admin', 'admin');
    const byHand = [issue(hospital, 'dr-42', 'doctor'), issue(hospital, 'technician', 'technician')];
    await expect(bootstrapLedger(home, topology(), ledger.connect)).resolves.toContain('1 practitioners');
    expect([...ledger.practitioners]).toEqual([[doctor, { status: 'approved', version: 2 }]]);
    expect(byHand).toHaveLength(2);
  });

  it('goes on where it was cut off', async () => {
    const [hospital] = topology().organisations;
    if (hospital === undefined) expect.fail('no organisation');
    const doctor = issue(hospital, 'doctor', 'doctor');
    for (const step of ['directory:found', 'directory:requestPractitioner']) {
      ledger.cutAfter = step;
      await expect(bootstrapLedger(home, topology(), ledger.connect)).rejects.toMatchObject({
        code: 'BOOTSTRAP_FAILED',
      });
    }
    ledger.cutAfter = undefined;
    await bootstrapLedger(home, topology(), ledger.connect);
    expect(ledger.practitioners.get(doctor)).toEqual({ status: 'approved', version: 2 });
    expect(ledger.calls.filter((name) => name === 'directory:requestPractitioner')).toHaveLength(1);
  });

  it.each([
    ['suspended', 3],
    ['left', 3],
    ['declined', 2],
    // Left, and asks again: the admin decides, not the next start.
    ['requested', 4],
  ] as const)('leaves a demo practitioner alone who is %s (version %i)', async (status, version) => {
    const [hospital] = topology().organisations;
    if (hospital === undefined) expect.fail('no organisation');
    const doctor = issue(hospital, 'doctor', 'doctor');
    await bootstrapLedger(home, topology(), ledger.connect);
    ledger.practitioners.set(doctor, { status, version });
    await expect(bootstrapLedger(home, topology(), ledger.connect)).resolves.toBe('already founded');
    expect(ledger.practitioners.get(doctor)).toEqual({ status, version });
  });
});
