export { ChannelConfiguration } from './channel-configuration.js';
export { elementsOf } from './config-elements.js';
export { configEnvelopeOf, signedConfig } from './config-envelope.js';
export { ConfigError } from './config-error.js';
export { mspsOf } from './config-msps.js';
export { authorizedResult, changesOf, modPolicyPath, type CurrentConfig } from './config-update.js';
export { orderingSettings } from './ordering-settings.js';
