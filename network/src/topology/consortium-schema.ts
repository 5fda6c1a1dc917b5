import { OrganisationKind, OrganisationName } from '@medaccord/chaincode/api';
import { z } from 'zod';
import { ChaincodeName, ChaincodeVersion, Organisation, Port, Topology } from './network-schema.js';

/** What a gateway takes on; where left out, its own defaults hold. */
const GatewayLimits = z.strictObject({
  /** Of one caller. */
  requestsPerMinute: z.number().int().min(60).max(1_000_000).optional(),
  /** Requests worked on at once; a peer of Fabric takes 500. */
  concurrent: z.number().int().min(1).max(450).optional(),
});

/** An organisation of ours, with its contracts' and its gateway's ports. */
export const ConsortiumOrganisation = Organisation.extend({
  kind: OrganisationKind,
  chaincode: z.strictObject({ port: Port }),
  gateway: z.strictObject({ rest: Port, exchange: Port, limits: GatewayLimits.optional() }),
});
export type ConsortiumOrganisation = z.infer<typeof ConsortiumOrganisation>;

/** A network with our contracts and gateways, as `config/topology.yaml` tells it. Both engines read it. */
export const ConsortiumTopology = Topology.extend({
  chaincode: z.strictObject({
    name: ChaincodeName,
    version: ChaincodeVersion,
    /** Of the channel's chaincode definition: one more for every change of policy or collections. */
    sequence: z.number().int().min(1),
  }),
  postgres: z.strictObject({ port: Port }),
  rules: z.strictObject({
    keyDelaySeconds: z.number().int().min(0).max(2_592_000),
    breakGlassReviewSeconds: z.number().int().min(60).max(2_592_000),
  }),
  /** Who has left: collections of claims that it had stay defined for ever. */
  formerOrganisations: z
    .array(z.strictObject({ name: OrganisationName, kind: OrganisationKind }))
    .default([]),
  organisations: z
    .array(ConsortiumOrganisation)
    .min(2, 'needs at least two organisations')
    .max(64, 'at most 64 organisations'),
});
export type ConsortiumTopology = z.infer<typeof ConsortiumTopology>;

/** True where the embedded ledger runs our contracts itself, instead of a service. */
export function runsInProcess({ inProcess, chaincode }: ConsortiumTopology): boolean {
  return inProcess.some(({ name, version }) => name === chaincode.name && version === chaincode.version);
}

/** Fields by which a topology file says that it is of a consortium, not of a network alone. */
const OURS = ['chaincode', 'postgres', 'rules'] as const;

/** Which schema a file's content is to be held against. */
export function meansConsortium(value: unknown): boolean {
  return typeof value === 'object' && value !== null && OURS.some((field) => field in value);
}

export function isConsortium(topology: Topology): topology is ConsortiumTopology {
  return 'chaincode' in topology;
}

export function isConsortiumOrganisation(organisation: Organisation): organisation is ConsortiumOrganisation {
  return 'gateway' in organisation;
}
