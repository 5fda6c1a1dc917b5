import { readFileSync } from 'node:fs';
import { peer } from '@hyperledger/fabric-protos';
import { z } from 'zod';
import { parsePolicy, PolicyError } from '../embedded/policy/index.js';
import { fieldName, YamlSource } from '../topology/index.js';
import { applicationPolicy } from './definition.js';
import { DeploymentError } from './deployment-error.js';

const Count = z.number().int().min(0).max(1_000);

/** One entry of the file that Fabric's `--collections-config` takes, with Fabric's defaults. */
const Collection = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9-][A-Za-z0-9_-]*$/, "must be a collection name by Fabric's rule"),
  policy: z.string(),
  requiredPeerCount: Count.default(0),
  maxPeerCount: Count.default(1),
  blockToLive: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  memberOnlyRead: z.boolean().default(false),
  memberOnlyWrite: z.boolean().default(false),
  endorsementPolicy: z
    .union([
      z.strictObject({ signaturePolicy: z.string() }),
      z.strictObject({ channelConfigPolicy: z.string().startsWith('/') }),
    ])
    .optional(),
});
export type CollectionEntry = z.input<typeof Collection>;

/**
 * Collections out of a file in Fabric's JSON form.
 * @throws DeploymentError (COLLECTIONS_UNREADABLE, COLLECTIONS_INVALID) with line and field of every problem.
 */
export function readCollections(path: string): peer.CollectionConfigPackage {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DeploymentError(
      'COLLECTIONS_UNREADABLE',
      `${path}: ${missing ? 'there is no such file' : String(cause)}`,
      { cause },
    );
  }
  return parseCollections(text, path);
}

/** As `readCollections`, from text; `file` only names it in errors. */
export function parseCollections(text: string, file: string): peer.CollectionConfigPackage {
  // JSON is YAML, and the YAML reader knows where each field stands.
  const source = new YamlSource(text);
  const problems = source.syntaxProblems.map(({ line, message }) => `line ${String(line)}: ${message}`);
  if (problems.length > 0) throw invalid(file, problems);
  const parsed = z.array(Collection).safeParse(source.value);
  if (!parsed.success) {
    throw invalid(
      file,
      parsed.error.issues.map((issue) => {
        const path = issue.path.filter((part) => typeof part !== 'symbol');
        return at(source, path, issue.message);
      }),
    );
  }
  const refused: string[] = [];
  const message = collectionsPackage(parsed.data, (index, field, reason) => {
    refused.push(at(source, [index, field], reason));
  });
  if (refused.length > 0) throw invalid(file, refused);
  return message;
}

/** @throws DeploymentError (COLLECTIONS_INVALID). */
export function collectionsOf(entries: readonly CollectionEntry[]): peer.CollectionConfigPackage {
  return collectionsPackage(z.array(Collection).parse(entries), (index, field, reason) => {
    throw new DeploymentError('COLLECTIONS_INVALID', `collection ${String(index)}: ${field}: ${reason}`);
  });
}

function collectionsPackage(
  entries: readonly z.output<typeof Collection>[],
  refuse: (index: number, field: string, reason: string) => void,
): peer.CollectionConfigPackage {
  const message = new peer.CollectionConfigPackage();
  entries.forEach((entry, index) => {
    const attempt = <T>(field: string, work: () => T): T | undefined => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof PolicyError || error instanceof DeploymentError)) throw error;
        refuse(index, field, error.message);
        return undefined;
      }
    };
    if (entry.maxPeerCount < entry.requiredPeerCount) {
      refuse(index, 'maxPeerCount', 'must not be less than requiredPeerCount');
    }
    if (entries.findIndex(({ name }) => name === entry.name) !== index) {
      refuse(index, 'name', `${entry.name} is there twice`);
    }
    const members = new peer.CollectionPolicyConfig();
    members.setSignaturePolicy(attempt('policy', () => parsePolicy(entry.policy)));
    const config = new peer.StaticCollectionConfig();
    config.setName(entry.name);
    config.setMemberOrgsPolicy(members);
    config.setRequiredPeerCount(entry.requiredPeerCount);
    config.setMaximumPeerCount(entry.maxPeerCount);
    config.setBlockToLive(entry.blockToLive);
    config.setMemberOnlyRead(entry.memberOnlyRead);
    config.setMemberOnlyWrite(entry.memberOnlyWrite);
    const own = entry.endorsementPolicy;
    if (own !== undefined) {
      const text = 'signaturePolicy' in own ? own.signaturePolicy : own.channelConfigPolicy;
      config.setEndorsementPolicy(attempt('endorsementPolicy', () => applicationPolicy(text)));
    }
    message.addConfig().setStaticCollectionConfig(config);
  });
  return message;
}

function at(source: YamlSource, path: readonly (string | number)[], reason: string): string {
  return `line ${String(source.position(path).line)}, ${fieldName(path)}: ${reason}`;
}

function invalid(file: string, problems: readonly string[]): DeploymentError {
  return new DeploymentError('COLLECTIONS_INVALID', `${file}: ${problems.join('; ')}`);
}
