export { CommitWaiter } from './commit-waiter.js';
export type { GatewayContext, OrdererAddress } from './gateway-context.js';
export { gatewayHandlers, gatewayServiceDefinition, type GatewayServiceOptions } from './gateway-service.js';
export { RpcError, type ErrorDetail } from './rpc-error.js';
