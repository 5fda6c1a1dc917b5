import { common } from '@hyperledger/fabric-protos';

/**
 * The smallest update that makes one configuration of another: what it rests on, with the versions in force, and what
 * it writes, one version on (Fabric's rules: internal/configtxlator/update).
 * @param change Changes a copy of the configuration; versions are not its business.
 * @returns undefined where nothing changes.
 */
export function computeUpdate(
  channel: string,
  config: common.Config,
  change: (root: common.ConfigGroup) => void,
): common.ConfigUpdate | undefined {
  const before = config.getChannelGroup() ?? new common.ConfigGroup();
  const after = before.cloneMessage();
  change(after);
  const { read, write, isChanged } = groupUpdate(before, after);
  if (!isChanged) return undefined;
  const update = new common.ConfigUpdate();
  update.setChannelId(channel);
  update.setReadSet(read);
  update.setWriteSet(write);
  return update;
}

interface GroupUpdate {
  readonly read: common.ConfigGroup;
  readonly write: common.ConfigGroup;
  readonly isChanged: boolean;
}

/** A group is written itself where members come or go, or its own policy changes: then it names all its members. */
function groupUpdate(before: common.ConfigGroup, after: common.ConfigGroup): GroupUpdate {
  const values = entriesUpdate(before.getValuesMap(), after.getValuesMap(), versioned(common.ConfigValue));
  const policies = entriesUpdate(
    before.getPoliciesMap(),
    after.getPoliciesMap(),
    versioned(common.ConfigPolicy),
  );
  const groups = groupsUpdate(before.getGroupsMap(), after.getGroupsMap());
  const all = [values, policies, groups];
  const isWritten =
    before.getModPolicy() !== after.getModPolicy() || all.some(({ membersChanged }) => membersChanged);

  const read = bare(before);
  const write = bare(before);
  fill(read.getGroupsMap(), groups.read);
  for (const [target, { written }] of pairs(write, values, policies, groups)) fill(target, written);
  if (isWritten) {
    write.setVersion(before.getVersion() + 1);
    write.setModPolicy(after.getModPolicy());
    for (const set of [read, write]) {
      for (const [target, { same }] of pairs(set, values, policies, groups)) fill(target, same);
    }
  }
  return { read, write, isChanged: isWritten || all.some(({ written }) => written.size > 0) };
}

interface EntriesUpdate<T> {
  readonly written: ReadonlyMap<string, T>;
  /** What stays, by its version alone. */
  readonly same: ReadonlyMap<string, T>;
  readonly membersChanged: boolean;
}

interface Entry {
  getVersion(): number;
  setVersion(version: number): unknown;
  cloneMessage(): this;
  serializeBinary(): Uint8Array;
}

interface Entries<T> {
  get(name: string): T | undefined;
  has(name: string): boolean;
  keys(): Iterable<string> & Iterator<string>;
}

function entriesUpdate<T extends Entry>(
  before: Entries<T>,
  after: Entries<T>,
  unchanged: (version: number) => T,
): EntriesUpdate<T> {
  const written = new Map<string, T>();
  const same = new Map<string, T>();
  for (const [name, wanted] of listed(after)) {
    const known = before.get(name);
    const next = wanted.cloneMessage();
    next.setVersion(known?.getVersion() ?? 0);
    if (known !== undefined && sameBytes(known, next)) {
      same.set(name, unchanged(known.getVersion()));
      continue;
    }
    next.setVersion(known === undefined ? 0 : known.getVersion() + 1);
    written.set(name, next);
  }
  return { written, same, membersChanged: !sameNames(before, after) };
}

function groupsUpdate(
  before: Entries<common.ConfigGroup>,
  after: Entries<common.ConfigGroup>,
): EntriesUpdate<common.ConfigGroup> & { readonly read: ReadonlyMap<string, common.ConfigGroup> } {
  const read = new Map<string, common.ConfigGroup>();
  const written = new Map<string, common.ConfigGroup>();
  const same = new Map<string, common.ConfigGroup>();
  for (const [name, wanted] of listed(after)) {
    const known = before.get(name);
    const inner = groupUpdate(known ?? new common.ConfigGroup(), wanted);
    if (known === undefined) {
      inner.write.setVersion(0);
      inner.write.setModPolicy(wanted.getModPolicy());
      written.set(name, inner.write);
    } else if (inner.isChanged) {
      read.set(name, inner.read);
      written.set(name, inner.write);
    } else {
      same.set(name, inner.read);
    }
  }
  return { read, written, same, membersChanged: !sameNames(before, after) };
}

function bare(group: common.ConfigGroup): common.ConfigGroup {
  const copy = new common.ConfigGroup();
  copy.setVersion(group.getVersion());
  return copy;
}

function versioned<T extends Entry>(Kind: new () => T): (version: number) => T {
  return (version) => {
    const entry = new Kind();
    entry.setVersion(version);
    return entry;
  };
}

interface Target {
  set(name: string, entry: never): unknown;
}

function pairs<V, P, G>(set: common.ConfigGroup, values: V, policies: P, groups: G): [Target, V | P | G][] {
  return [
    [set.getValuesMap(), values],
    [set.getPoliciesMap(), policies],
    [set.getGroupsMap(), groups],
  ];
}

function fill(target: Target, entries: ReadonlyMap<string, unknown>): void {
  for (const [name, entry] of entries) target.set(name, entry as never);
}

function listed<T>(entries: Entries<T>): [string, T][] {
  return [...entries.keys()].flatMap((name): [string, T][] => {
    const entry = entries.get(name);
    return entry === undefined ? [] : [[name, entry]];
  });
}

function sameNames(one: Entries<unknown>, other: Entries<unknown>): boolean {
  const names = [...one.keys()];
  return names.length === [...other.keys()].length && names.every((name) => other.has(name));
}

function sameBytes(one: Entry, other: Entry): boolean {
  return Buffer.from(one.serializeBinary()).equals(other.serializeBinary());
}
