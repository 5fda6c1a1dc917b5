import { MspId, OrganisationName } from '@medaccord/chaincode/api';
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
export const Port = z
  .number()
  .int()
  .min(1024, 'must be a port from 1024 to 65535')
  .max(65_535, 'must be a port from 1024 to 65535');

/** Other gateways know an organisation's gateway by that host name. */
const NodeName = Label.refine((name) => name !== 'gateway', "must not be 'gateway', the gateway's own host");

/** `operations`: where a node of real Fabric tells its health and metrics, on this machine alone. */
const Node = z.strictObject({ name: NodeName, port: Port, operations: Port.optional() });
/** `admin`: where a node of real Fabric is told which channels to join. */
const OrdererNode = Node.extend({ admin: Port.optional() });

/** One organisation and where its nodes listen; every host is `localhost`. */
export const Organisation = z.strictObject({
  name: OrganisationName,
  mspId: MspId,
  domain: Domain,
  peers: z.array(Node).min(1, 'needs at least one peer').max(16),
  ca: z.strictObject({ port: Port }),
});
export type Organisation = z.infer<typeof Organisation>;

/** Fabric's own rule for channel names. */
const ChannelName = z.string().regex(/^[a-z][a-z0-9.-]{0,248}$/, "must be a channel name by Fabric's rule");

export const ChaincodeName = z
  .string()
  .max(64)
  .regex(/^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$/, "must be a chaincode name by Fabric's rule");
export const ChaincodeVersion = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_.+-]+$/, "must be a chaincode version by Fabric's rule (quote numbers)");

/** A Fabric network: organisations, orderers and channels, and nothing of ours that runs on it. */
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
    nodes: z.array(OrdererNode).min(1, 'needs at least one orderer').max(31),
  }),
  /**
   * Contract packages that the embedded ledger runs in its own process, which is faster than a service; a fault of such
   * a contract is one of the ledger. Paths are relative to the topology file.
   */
  inProcess: z
    .array(z.strictObject({ name: ChaincodeName, version: ChaincodeVersion, path: z.string().min(1) }))
    .max(64, 'at most 64 packages')
    .default([]),
  organisations: z
    .array(Organisation)
    .min(1, 'needs at least one organisation')
    .max(64, 'at most 64 organisations'),
});
export type Topology = z.infer<typeof Topology>;
