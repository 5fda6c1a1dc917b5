import type { CollectionConfig, ConformanceNetwork, Deployment, NetworkFacts } from '../network.js';

type Standing = Omit<Deployment, 'address' | 'serve'>;

/** Of chaincodes that stand from the suite's start to its end, all of them the same code. */
export const ASSETS = 'assets';
export const SINGLE = 'single';
export const EVERY = 'every';
export const CHOICE = 'choice';

/** Collections of `assets`: the first two organisations are members of all of them. */
export const PAIR = 'pair';
export const OPEN = 'open';
export const BRIEF = 'brief';
export const STRICT = 'strict';

/** Blocks that a value of `brief` outlives the one it was written in. */
export const BRIEF_BLOCKS = 3;

export function standingChaincodes({ organisations, channels }: NetworkFacts): Standing[] {
  const [first, second, third] = organisations.map(({ mspId }) => mspId) as [string, string, string];
  const members = (...mspIds: string[]): string => mspIds.map((mspId) => `'${mspId}.member'`).join(', ');
  const peers = (...mspIds: string[]): string => mspIds.map((mspId) => `'${mspId}.peer'`).join(', ');
  const collection = (name: string, more: Partial<CollectionConfig> = {}): CollectionConfig => ({
    name,
    policy: `OR(${members(first, second)})`,
    memberOnlyRead: true,
    memberOnlyWrite: true,
    blockToLive: 0,
    requiredPeerCount: 0,
    maxPeerCount: 1,
    endorsementPolicy: `OR(${peers(first, second)})`,
    ...more,
  });
  const policyOfAll = `OR(${peers(first, second, third)})`;
  return [
    {
      // The default policy: a majority of the organisations.
      name: ASSETS,
      version: '1.0',
      sequence: 1,
      collections: [
        collection(PAIR),
        collection(OPEN, { memberOnlyRead: false, memberOnlyWrite: false, endorsementPolicy: undefined }),
        collection(BRIEF, { blockToLive: BRIEF_BLOCKS }),
        collection(STRICT, { endorsementPolicy: `AND(${peers(first, second)})` }),
      ],
    },
    { name: SINGLE, version: '1.0', sequence: 1, policy: policyOfAll },
    { name: EVERY, version: '1.0', sequence: 1, policy: `AND(${peers(first, second, third)})` },
    {
      name: CHOICE,
      version: '1.0',
      sequence: 1,
      policy: `AND('${first}.peer', OR(${peers(second, third)}))`,
    },
    {
      name: SINGLE,
      version: '1.0',
      sequence: 1,
      policy: `OR(${peers(first, second)})`,
      channel: channels.second,
    },
  ];
}

/** Deploys all of them. @param serve makes one listen; all share a process, as nobody ends it. */
export async function deployStanding(
  network: ConformanceNetwork,
  addressFor: () => Promise<string>,
  serve: (packageId: string, address: string) => Promise<void>,
): Promise<void> {
  for (const standing of standingChaincodes(network)) {
    const address = await addressFor();
    await network.deploy({ ...standing, address, serve: (packageId) => serve(packageId, address) });
  }
}
