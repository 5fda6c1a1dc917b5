export { ChannelConfiguration } from './channel-configuration.js';
export { configEnvelopeOf, signedConfig } from './config-envelope.js';
export { ConfigError } from './config-error.js';
