export { exchangeClient, type ExchangeClient, type ExchangeClientOptions } from './exchange-client.js';
export { ExchangeError, EXCHANGE_CODES, type ExchangeCode } from './exchange-error.js';
export { startExchange, type ExchangeServer, type ExchangeServerOptions } from './exchange-server.js';
export type { ExchangeOrganisation } from './peer-organisation.js';
export type { DescriptorAnswer, DescriptorRequest, ReleaseRequest } from './protocol.js';
export { recordHolder, type RecordHolder, type RecordHolderOptions } from './record-holder.js';
export { releaseLog, type Release, type ReleaseLog } from './release-log.js';
