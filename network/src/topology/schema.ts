import { MspId, OrganisationKind, OrganisationName } from '@medaccord/chaincode/api';
import { z } from 'zod';

/** One DNS label: names of peers and orderer nodes. */
const Label = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a lower-case DNS label');
const Domain = z
  .string()
  .max(200, 'must be at most 200 characters')
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/,
    'must be a lower-case domain name with at least two labels',
  );
const Port = z
  .number()
  .int()
  .min(1024, 'must be a port from 1024 to 65535')
  .max(65_535, 'must be a port from 1024 to 65535');

/** Other gateways know an organisation's gateway by that host name. */
const NodeName = Label.refine((name) => name !== 'gateway', "must not be 'gateway', the gateway's own host");
const Node = z.strictObject({ name: NodeName, port: Port });

/** One organisation and where its processes listen; every host is `localhost`. */
export const OrganisationEntry = z.strictObject({
  name: OrganisationName,
  kind: OrganisationKind,
  mspId: MspId,
  domain: Domain,
  peers: z.array(Node).min(1, 'needs at least one peer').max(16),
  ca: z.strictObject({ port: Port }),
  chaincode: z.strictObject({ port: Port }),
  gateway: z.strictObject({ rest: Port, exchange: Port }),
});
export type OrganisationEntry = z.infer<typeof OrganisationEntry>;

/** Fabric's own rule for channel names. */
const ChannelName = z.string().regex(/^[a-z][a-z0-9.-]{0,248}$/, "must be a channel name by Fabric's rule");

/** The consortium as `config/topology.yaml` tells it. Both engines read this and nothing else. */
export const Topology = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a kebab-case name'),
  /** production: no plain bearer tokens, no embedded ledger, private data reaches a second peer before endorsing. */
  environment: z.enum(['development', 'production']),
  /** Of all organisations. */
  channel: ChannelName,
  /** Further ones, each of the organisations that it names. */
  channels: z
    .array(
      z.strictObject({
        name: ChannelName,
        organisations: z.array(OrganisationName).min(1, 'needs at least one organisation'),
      }),
    )
    .max(64, 'at most 64 further channels')
    .default([]),
  batch: z.strictObject({
    maxMessages: z.number().int().min(1).max(10_000),
    maxBytes: z.number().int().min(65_536).max(103_809_024),
    /** Milliseconds. Fabric refuses 0; for the lowest latency set maxMessages to 1. */
    timeoutMs: z.number().int().min(1).max(60_000),
  }),
  orderers: z.strictObject({
    mspId: MspId,
    domain: Domain,
    consensus: z.enum(['raft', 'bft']),
    nodes: z.array(Node).min(1, 'needs at least one orderer').max(31),
  }),
  chaincode: z.strictObject({
    name: z
      .string()
      .max(64)
      .regex(/^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$/, "must be a chaincode name by Fabric's rule"),
    version: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9_.+-]+$/, "must be a chaincode version by Fabric's rule (quote numbers)"),
    /** Of the channel's chaincode definition: one more for every change of policy or collections. */
    sequence: z.number().int().min(1),
  }),
  postgres: z.strictObject({ port: Port }),
  rules: z.strictObject({
    keyDelaySeconds: z.number().int().min(0).max(2_592_000),
    breakGlassReviewSeconds: z.number().int().min(60).max(2_592_000),
  }),
  organisations: z
    .array(OrganisationEntry)
    .min(2, 'needs at least two organisations')
    .max(64, 'at most 64 organisations'),
});
export type Topology = z.infer<typeof Topology>;
