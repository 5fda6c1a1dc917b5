import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Approvals, AuthParts, Authenticated } from '../auth/index.js';
import type { GatewayConfig } from '../config.js';
import type { Metrics } from '../metrics.js';
import type { Handlers, OperationId } from '../operation.js';
import type { EventStream, IdempotencyStore } from '../ports.js';
import type { ApiDocument } from './api-document.js';
import type { RunFactory } from './runs.js';
import type { ValidRequest } from './validation.js';

/** Operations that the transport answers itself, because they are about the transport. */
export type TransportOperation =
  | 'createChallenge'
  | 'createToken'
  | 'revokeToken'
  | 'getOperation'
  | 'streamEvents'
  | 'getHealth'
  | 'getReadiness'
  | 'getMetrics'
  | 'getOpenapi';
/** Answers one of them by itself. */
export type TransportHandler = (
  request: Request,
  response: Response,
  valid: ValidRequest,
  authenticated: Authenticated | undefined,
) => Promise<void>;
export type UseCaseOperation = Exclude<OperationId, TransportOperation>;

export interface Readiness {
  readonly ready: boolean;
  /** Name of a part and its state, e.g. `peer: ok`. */
  readonly parts: Readonly<Record<string, string>>;
  readonly block: number | undefined;
}

/** What the transport needs of the rest. */
export interface HttpParts {
  readonly document: ApiDocument;
  readonly organisation: GatewayConfig['organisation'];
  readonly limits: GatewayConfig['limits'];
  /** `https://localhost:7443`: what a DPoP proof must name. Asked for each time, as the port may be free to choose. */
  readonly origin: () => string;
  readonly auth: AuthParts;
  /** Asked before staff reads what no contract refuses. */
  readonly approved: Approvals;
  readonly handlers: Handlers<UseCaseOperation>;
  readonly events: EventStream;
  /** Between two signs of life on an event stream. */
  readonly heartbeatMs?: number;
  /** How often an open event stream is looked at again: is its holder still let in? */
  readonly checkMs?: number;
  readonly idempotency: IdempotencyStore;
  readonly runs: RunFactory;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What is known of a request once it is let in. */
export interface Admitted {
  readonly requestId: string;
  readonly authenticated: Authenticated | undefined;
}
