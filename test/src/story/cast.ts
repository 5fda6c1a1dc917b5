import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { careOrganisations, insurers, loadConsortium } from '@medaccord/network/topology';
import { type Member, logIn } from '../consortium/identity.js';

/** Who plays in the story: the demo identities that `medaccord up` made. */
export interface Cast {
  careOrganisations: string[];
  hospitals: string[];
  insurers: string[];
  /** Requests in flight. */
  concurrency: number;
  /** @throws Error where the organisation has no such demo identity. */
  member(organisation: string, name: string): Member;
  /** Who writes records there: a hospital's doctor, a lab's technician, a pharmacy's pharmacist. */
  authorRole(organisation: string): 'doctor' | 'technician' | 'pharmacist';
  /** Another care organisation, hospitals first: confirms registrations, reads under consent. Undefined for one alone. */
  secondCareOrganisation(custodian: string): string | undefined;
  close(): void;
}

const AUTHORS = { hospital: 'doctor', lab: 'technician', pharmacy: 'pharmacist' } as const;
const CARE_CAST = ['Admin', 'clerk', 'billing'];

/** Logs every player in. @throws Error where nothing runs under that home. */
export async function openCast(home: string, concurrency: number): Promise<Cast> {
  const file = join(home, 'topology.yaml');
  if (!existsSync(file))
    throw new Error(`no consortium under ${home}: start one with npm start, or name its --home`);
  const topology = loadConsortium(file);
  const care = careOrganisations(topology);
  const authorRole = (organisation: string) => {
    const kind = care.find(({ name }) => name === organisation)?.kind;
    return AUTHORS[kind as keyof typeof AUTHORS];
  };
  const members = new Map<string, Member>();
  const enter = async (organisation: (typeof topology.organisations)[number], name: string) => {
    members.set(`${organisation.name}/${name.toLowerCase()}`, await logIn(home, organisation, name));
  };
  await Promise.all([
    ...care.flatMap((organisation) =>
      [...CARE_CAST, authorRole(organisation.name)].map((name) => enter(organisation, name)),
    ),
    ...insurers(topology).map((organisation) => enter(organisation, 'adjuster')),
  ]);
  const hospitals = care.filter(({ kind }) => kind === 'hospital').map(({ name }) => name);
  return {
    careOrganisations: care.map(({ name }) => name),
    hospitals,
    insurers: insurers(topology).map(({ name }) => name),
    concurrency,
    member(organisation, name) {
      const member = members.get(`${organisation}/${name}`);
      if (!member) throw new Error(`${organisation} has no demo identity ${name}`);
      return member;
    },
    authorRole,
    secondCareOrganisation(custodian) {
      return [...hospitals, ...care.map(({ name }) => name)].find((name) => name !== custodian);
    },
    close() {
      for (const { api } of members.values()) api.close();
    },
  };
}
