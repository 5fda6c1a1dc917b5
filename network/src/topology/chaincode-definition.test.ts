import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chaincodeDefinition, loadConsortium } from './index.js';

const load = (name: string) =>
  loadConsortium(fileURLToPath(new URL(`../../../config/${name}`, import.meta.url)));

describe('chaincodeDefinition', () => {
  it('of two organisations: the hospital alone endorses, one pair', () => {
    const plan = chaincodeDefinition(load('examples/two-organisations.yaml'));
    expect(plan).toMatchObject({ name: 'medaccord', version: '1.0', sequence: 1 });
    expect(plan.endorsementPolicy).toBe("OutOf(1,'HospitalAMSP.peer')");
    expect(plan.collections.map(({ name }) => name)).toEqual([
      'care',
      'invoices-hospital-a',
      'claims-hospital-a-insurer-a',
    ]);
    expect(plan.collections[0]?.maxPeerCount).toBe(0);
  });

  it('of four organisations: majority of the care organisations', () => {
    const plan = chaincodeDefinition(load('topology.yaml'));
    expect(plan.endorsementPolicy).toBe("OutOf(2,'HospitalAMSP.peer','HospitalBMSP.peer','LabAMSP.peer')");
    expect(plan.collections[0]).toEqual({
      name: 'care',
      memberOrgs: ['HospitalAMSP', 'HospitalBMSP', 'LabAMSP'],
      policy: "OR('HospitalAMSP.member','HospitalBMSP.member','LabAMSP.member')",
      memberOnlyRead: true,
      memberOnlyWrite: true,
      blockToLive: 0,
      requiredPeerCount: 0,
      maxPeerCount: 2,
      endorsementPolicy: plan.endorsementPolicy,
    });
  });

  it('keeps every collection of who has left, with those who are still there alone', () => {
    const before = load('examples/six-organisations.yaml');
    const gone = ['pharmacy-a', 'insurer-b'];
    const after = {
      ...before,
      organisations: before.organisations.filter(({ name }) => !gone.includes(name)),
      formerOrganisations: before.organisations.filter(({ name }) => gone.includes(name)),
    };
    const plan = chaincodeDefinition(after);
    const names = (of: typeof plan) => of.collections.map(({ name }) => name).toSorted();
    expect(names(plan)).toEqual(names(chaincodeDefinition(before)));
    const members = (name: string) => plan.collections.find((one) => one.name === name)?.memberOrgs;
    expect(members('care')).toEqual(['HospitalAMSP', 'HospitalBMSP', 'LabAMSP']);
    expect(members('claims-pharmacy-a-insurer-a')).toEqual(['InsurerAMSP']);
    expect(members('claims-lab-a-insurer-b')).toEqual(['LabAMSP']);
    // Nobody has it, and nobody is to get it: the orderers' MSP has no peers.
    expect(members('claims-pharmacy-a-insurer-b')).toEqual(['OrdererMSP']);
    expect(members('invoices-pharmacy-a')).toEqual(['OrdererMSP']);
    const everyPolicy = plan.collections.map(({ policy, endorsementPolicy }) => policy + endorsementPolicy);
    expect(everyPolicy.join()).not.toMatch(/PharmacyAMSP|InsurerBMSP/);
  });

  it('of eight organisations: a collection for each care organisation, and for each pair of one and an insurer', () => {
    const plan = chaincodeDefinition(load('examples/eight-organisations.yaml'));
    expect(plan.endorsementPolicy).toBe(
      "OutOf(3,'HospitalAMSP.peer','HospitalBMSP.peer','LabAMSP.peer','PharmacyAMSP.peer')",
    );
    expect(plan.collections).toHaveLength(1 + 4 + 4 * 2);
    expect(plan.collections.find(({ name }) => name === 'invoices-lab-a')).toMatchObject({
      memberOrgs: ['LabAMSP'],
      memberOnlyRead: true,
      memberOnlyWrite: true,
      endorsementPolicy: "AND('LabAMSP.peer')",
    });
    expect(plan.collectionsConfig.find(({ name }) => name === 'claims-lab-a-insurer-b')).toEqual({
      name: 'claims-lab-a-insurer-b',
      policy: "OR('LabAMSP.member','InsurerBMSP.member')",
      requiredPeerCount: 0,
      maxPeerCount: 1,
      blockToLive: 0,
      memberOnlyRead: true,
      memberOnlyWrite: true,
      endorsementPolicy: { signaturePolicy: "AND('LabAMSP.peer','InsurerBMSP.peer')" },
    });
  });

  it('in production a value is on a second peer before it is endorsed, where the members have one', () => {
    const plan = chaincodeDefinition({ ...load('topology.yaml'), environment: 'production' });
    const alone = plan.collections.filter(({ maxPeerCount }) => maxPeerCount === 0);
    expect(alone.map(({ name }) => name)).toEqual([
      'invoices-hospital-a',
      'invoices-hospital-b',
      'invoices-lab-a',
    ]);
    for (const { maxPeerCount, requiredPeerCount } of plan.collections) {
      expect(requiredPeerCount).toBe(maxPeerCount === 0 ? 0 : 1);
    }
  });
});
