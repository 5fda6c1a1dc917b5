import { common, type msp } from '@hyperledger/fabric-protos';
import type { BatchOptions } from '../orderer/index.js';
import type { MspManager } from '../parts.js';
import { ConfiguredPolicies, configurationOf } from '../policy/index.js';
import { checkConfig } from './check-config.js';
import { elementsOf, type ConfigElements } from './config-elements.js';
import { configUpdateOf } from './config-envelope.js';
import { ConfigError } from './config-error.js';
import { mspsOf } from './config-msps.js';
import { authorizedResult } from './config-update.js';
import { orderingSettings } from './ordering-settings.js';

/** A channel's configuration in force, and what may follow it. */
export class ChannelConfiguration {
  readonly channelId: string;
  /** Number of the block that has it. */
  readonly block: number;
  readonly policies: ConfiguredPolicies;
  readonly #config: common.Config;
  readonly #root: common.ConfigGroup;
  #elements: ConfigElements | undefined;
  #batch: Required<BatchOptions> | undefined;

  /** @throws PolicyError (NO_CONFIGURATION) where the block is no configuration. */
  constructor(channelId: string, block: common.Block) {
    this.channelId = channelId;
    this.block = block.getHeader()?.getNumber() ?? 0;
    this.policies = ConfiguredPolicies.ofBlock(block);
    this.#config = configurationOf(block) ?? new common.Config();
    this.#root = this.#config.getChannelGroup() ?? new common.ConfigGroup();
  }

  /** Counts the updates. */
  get sequence(): number {
    return this.#config.getSequence();
  }

  /** @throws ConfigError */
  get batch(): Required<BatchOptions> {
    return (this.#batch ??= orderingSettings(this.#root.getGroupsMap().get('Orderer')));
  }

  /** @throws ConfigError */
  get msps(): msp.FabricMSPConfig[] {
    return mspsOf(this.#root);
  }

  /**
   * What a signed update of type CONFIG_UPDATE comes to.
   * @throws ConfigError in Fabric's words.
   */
  propose(update: common.Envelope, msps: MspManager): common.ConfigEnvelope {
    const group = this.#result(update, msps);
    const config = new common.Config();
    config.setSequence(this.sequence + 1);
    config.setChannelGroup(group);
    const envelope = new common.ConfigEnvelope();
    envelope.setConfig(config);
    envelope.setLastUpdate(update);
    return envelope;
  }

  /**
   * Whether a configuration is what the update in it comes to.
   * @throws ConfigError in Fabric's words.
   */
  validate(envelope: common.ConfigEnvelope, msps: MspManager): void {
    const config = envelope.getConfig();
    if (config === undefined) throw new ConfigError('config envelope has nil config');
    if (config.getSequence() !== this.sequence + 1) {
      throw new ConfigError(
        `config currently at sequence ${String(this.sequence)}, cannot validate config at sequence ${String(config.getSequence())}`,
      );
    }
    const result = this.#result(envelope.getLastUpdate() ?? new common.Envelope(), msps);
    const given = config.getChannelGroup() ?? new common.ConfigGroup();
    // Maps are marshalled in the order of their keys: equal trees have equal bytes.
    if (!Buffer.from(result.serializeBinary()).equals(given.serializeBinary())) {
      throw new ConfigError('ConfigEnvelope LastUpdate did not produce the supplied config result');
    }
  }

  #result(update: common.Envelope, msps: MspManager): common.ConfigGroup {
    let envelope: common.ConfigUpdateEnvelope;
    try {
      envelope = configUpdateOf(update);
    } catch (error) {
      throw ConfigError.in('error converting envelope to config update', error);
    }
    let group: common.ConfigGroup;
    try {
      this.#elements ??= elementsOf(this.#root);
      const { channelId, policies } = this;
      group = authorizedResult(envelope, { channelId, elements: this.#elements, policies, msps });
    } catch (error) {
      throw ConfigError.in('error authorizing update', error);
    }
    checkConfig(group, this.#root);
    return group;
  }
}
