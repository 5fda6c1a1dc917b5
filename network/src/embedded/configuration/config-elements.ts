import { common } from '@hyperledger/fabric-protos';
import { ConfigError } from './config-error.js';

/** A group, value or policy of a configuration tree. */
export interface ConfigElement {
  readonly kind: 'Group' | 'Value' | 'Policy';
  /** Names of the groups above it, from `Channel` on. */
  readonly path: readonly string[];
  readonly name: string;
  readonly content: common.ConfigGroup | common.ConfigValue | common.ConfigPolicy;
}

/** By Fabric's name for it: `[Value]  /Channel/Orderer/BatchSize`. */
export type ConfigElements = ReadonlyMap<string, ConfigElement>;

export const ROOT = 'Channel';
const MAX_NAME = 249;
const MAX_DEPTH = 32;
const PREFIXES = { Group: '[Group]  ', Value: '[Value]  ', Policy: '[Policy] ' } as const;

/** @throws ConfigError for a name that no element may have. */
export function checkElementName(name: string): void {
  if (name === '') throw new ConfigError('config ID illegal, cannot be empty');
  if (name.length > MAX_NAME) {
    throw new ConfigError(`config ID illegal, cannot be longer than ${String(MAX_NAME)}`);
  }
  if (name === '.' || name === '..') throw new ConfigError(`name '${name}' for config ID is not allowed`);
  if (!/^[a-zA-Z0-9.-]+$/.test(name)) {
    throw new ConfigError(`config ID '${name}' contains illegal characters`);
  }
}

/** All elements of a tree; none where there is no tree. @throws ConfigError for a name that is not allowed. */
export function elementsOf(root: common.ConfigGroup | undefined): ConfigElements {
  const elements = new Map<string, ConfigElement>();
  if (root !== undefined) collect(elements, [], ROOT, root);
  return elements;
}

function collect(
  elements: Map<string, ConfigElement>,
  path: readonly string[],
  name: string,
  group: common.ConfigGroup,
): void {
  if (path.length > MAX_DEPTH) throw new ConfigError('the configuration is nested too deeply');
  const add = (element: ConfigElement) => {
    try {
      checkElementName(element.name);
    } catch (error) {
      throw ConfigError.in(`illegal characters in key: ${PREFIXES[element.kind]}`, error);
    }
    elements.set(keyOf(element.kind, element.path, element.name), element);
  };
  add({ kind: 'Group', path, name, content: group });
  const below = [...path, name];
  group.getGroupsMap().forEach((child, childName) => collect(elements, below, childName, child));
  group.getValuesMap().forEach((content, key) => add({ kind: 'Value', path: below, name: key, content }));
  group.getPoliciesMap().forEach((content, key) => add({ kind: 'Policy', path: below, name: key, content }));
}

function keyOf(kind: ConfigElement['kind'], path: readonly string[], name: string): string {
  return `${PREFIXES[kind]}/${[...path, name].join('/')}`;
}

/**
 * The tree that elements make: each group says which names are in it, and what no group names any more is left out.
 * @throws ConfigError where a group names what is not there.
 */
export function treeOf(
  elements: ConfigElements,
  path: readonly string[] = [],
  name = ROOT,
): common.ConfigGroup {
  const group = find(elements, 'Group', path, name).content as common.ConfigGroup;
  const tree = new common.ConfigGroup();
  tree.setVersion(group.getVersion());
  tree.setModPolicy(group.getModPolicy() || UNSET_MOD_POLICY);
  const below = [...path, name];
  group.getGroupsMap().forEach((_child, key) => tree.getGroupsMap().set(key, treeOf(elements, below, key)));
  group.getValuesMap().forEach((_value, key) => {
    const value = (find(elements, 'Value', below, key).content as common.ConfigValue).cloneMessage();
    if (value.getModPolicy() === '') value.setModPolicy(UNSET_MOD_POLICY);
    tree.getValuesMap().set(key, value);
  });
  group.getPoliciesMap().forEach((_policy, key) => {
    const policy = (find(elements, 'Policy', below, key).content as common.ConfigPolicy).cloneMessage();
    if (policy.getModPolicy() === '') policy.setModPolicy(UNSET_MOD_POLICY);
    tree.getPoliciesMap().set(key, policy);
  });
  return tree;
}

/** What Fabric puts where an element says nothing, on channels with capabilities. */
const UNSET_MOD_POLICY = 'Admins';

function find(
  elements: ConfigElements,
  kind: ConfigElement['kind'],
  path: readonly string[],
  name: string,
): ConfigElement {
  const key = keyOf(kind, path, name);
  const element = elements.get(key);
  if (element === undefined) throw new ConfigError(`missing ${kind.toLowerCase()} at path: ${key}`);
  return element;
}
