import { readFileSync } from 'node:fs';
import { OrganisationKind, Role } from '@medaccord/chaincode/api';
import { parse } from 'yaml';
import { z } from 'zod';
import type { OperationId } from '../operation.js';

const Operation = z.object({
  operationId: z.string(),
  security: z.array(z.unknown()).optional(),
  'x-roles': z.array(Role).optional(),
  'x-kinds': z.array(OrganisationKind).optional(),
  'x-idempotency': z.enum(['none', 'rerun']).optional(),
  'x-max-bytes': z.number().int().optional(),
  'x-stream': z.boolean().optional(),
});
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What the document says about one operation, beyond what the validator checks. */
export interface Route {
  readonly id: OperationId;
  readonly method: (typeof METHODS)[number];
  /** In Express's form: `/v1/claims/:id`. */
  readonly path: string;
  readonly isPublic: boolean;
  /** Empty: everybody who is logged in. */
  readonly roles: readonly Role[];
  readonly kinds: readonly OrganisationKind[];
  /** `replay`: the stored answer; `rerun`: done again under the same run; `none`: no key needed. */
  readonly idempotency: 'replay' | 'rerun' | 'none';
  readonly maxBytes: number | undefined;
  readonly isStream: boolean;
}

export interface ApiDocument {
  /** The OpenAPI 3.1 document as JSON. */
  readonly json: Record<string, unknown>;
  readonly routes: readonly Route[];
}

/** Reads `gateway/openapi.yaml`, which is shipped with the package. */
export function loadApiDocument(): ApiDocument {
  const text = readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  const json = parse(text, { merge: true, maxAliasCount: -1 }) as Record<string, unknown>;
  const routes: Route[] = [];
  for (const [path, item] of Object.entries(Document.parse(json).paths)) {
    for (const method of METHODS) {
      if (item[method] !== undefined) routes.push(routeOf(path, method, Operation.parse(item[method])));
    }
  }
  return { json, routes };
}

function routeOf(path: string, method: Route['method'], operation: z.output<typeof Operation>): Route {
  return {
    id: operation.operationId as OperationId,
    method,
    path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    isPublic: operation.security?.length === 0,
    roles: operation['x-roles'] ?? [],
    kinds: operation['x-kinds'] ?? [],
    idempotency: operation['x-idempotency'] ?? 'replay',
    maxBytes: operation['x-max-bytes'],
    isStream: operation['x-stream'] ?? false,
  };
}
