import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MedAccordClient, createClient } from '@medaccord/gateway/client';
import { careOrganisations, insurers, loadTopology } from '@medaccord/network/topology';

/** A demo identity of the consortium, logged in at its organisation's gateway. */
export interface Member {
  organisation: string;
  /** Its ledger id. */
  subject: string;
  api: MedAccordClient;
}

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
  /** Another care organisation, hospitals first: confirms registrations, reads under consent. */
  secondCareOrganisation(custodian: string): string;
  close(): void;
}

const AUTHORS = { hospital: 'doctor', lab: 'technician', pharmacy: 'pharmacist' } as const;
const CARE_CAST = ['Admin', 'clerk', 'billing'];

/** Logs every player in. @throws Error where nothing runs under that home. */
export async function openCast(home: string, concurrency: number): Promise<Cast> {
  const file = join(home, 'topology.yaml');
  if (!existsSync(file))
    throw new Error(`no consortium under ${home}: start one with npm start, or name its --home`);
  const topology = loadTopology(file);
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
      const other = [...hospitals, ...care.map(({ name }) => name)].find((name) => name !== custodian);
      if (other === undefined) throw new Error('the topology has one care organisation only');
      return other;
    },
    close() {
      for (const { api } of members.values()) api.close();
    },
  };
}

async function logIn(
  home: string,
  { name: organisation, domain, gateway }: { name: string; domain: string; gateway: { rest: number } },
  user: string,
): Promise<Member> {
  const organisationDir = join(home, 'organizations/peerOrganizations', domain);
  const userDir = join(organisationDir, 'users', `${user}@${domain}`);
  const read = (file: string) => readFile(join(userDir, file), 'utf8');
  const { subject } = JSON.parse(await read('identity.json')) as { subject: string };
  const api = await createClient({
    baseUrl: `https://localhost:${String(gateway.rest)}`,
    ca: await readFile(join(organisationDir, `tlsca/tlsca.${domain}-cert.pem`), 'utf8'),
    login: {
      certificate: await read('msp/signcerts/cert.pem'),
      privateKey: await read('msp/keystore/priv_sk'),
    },
  });
  return { organisation, subject, api };
}
