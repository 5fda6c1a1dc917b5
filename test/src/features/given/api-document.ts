import { type RestDoor, jsonOf } from './rest-call.js';

/** The part of JSON Schema that the document uses. */
export interface Schema {
  $ref?: string;
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  const?: unknown;
  enum?: unknown[];
  oneOf?: Schema[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  minProperties?: number;
  maxProperties?: number;
  additionalProperties?: boolean | Schema;
}

export interface ApiParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

/** One operation, its references resolved but for those of its schemas. */
export interface ApiOperation {
  id: string;
  method: string;
  /** `/v1/claims/{id}` */
  path: string;
  isPublic: boolean;
  isStream: boolean;
  /** Empty: everybody who is logged in. */
  roles: string[];
  kinds: string[];
  parameters: ApiParameter[];
  maxBytes: number;
  body?: { required: boolean; schema: Schema };
}

/** The OpenAPI document as a gateway serves it. */
export class ApiDocument {
  readonly operations: ApiOperation[];

  private constructor(private readonly json: Record<string, unknown>) {
    const paths = json['paths'] as Record<string, Record<string, unknown>>;
    this.operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((name) => METHODS.includes(name))
        .map((method) => this.operation(path, method, item)),
    );
  }

  static async of(door: RestDoor): Promise<ApiDocument> {
    return new ApiDocument(jsonOf(await door.ask({ method: 'GET', path: '/openapi.json' })));
  }

  /** What a `$ref` names; anything else is itself. */
  resolve<T>(value: unknown): T {
    const { $ref } = value as { $ref?: string };
    if ($ref === undefined) return value as T;
    const parts = $ref.slice(2).split('/');
    return this.resolve<T>(
      parts.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], this.json),
    );
  }

  private operation(path: string, method: string, item: Record<string, unknown>): ApiOperation {
    const raw = item[method] as RawOperation;
    const body = raw.requestBody === undefined ? undefined : this.resolve<RawBody>(raw.requestBody);
    const shared = (item['parameters'] ?? []) as unknown[];
    return {
      id: raw.operationId,
      method: method.toUpperCase(),
      path,
      isPublic: raw.security?.length === 0,
      isStream: raw['x-stream'] === true,
      roles: raw['x-roles'] ?? [],
      kinds: raw['x-kinds'] ?? [],
      parameters: [...shared, ...(raw.parameters ?? [])].map((one) => this.resolve<ApiParameter>(one)),
      maxBytes: raw['x-max-bytes'] ?? ORDINARY_BYTES,
      ...(body && {
        body: { required: body.required === true, schema: body.content['application/json'].schema },
      }),
    };
  }
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Where the document says nothing else (docs/api.md). */
const ORDINARY_BYTES = 262_144;

interface RawOperation {
  operationId: string;
  security?: unknown[];
  parameters?: unknown[];
  requestBody?: unknown;
  'x-roles'?: string[];
  'x-kinds'?: string[];
  'x-max-bytes'?: number;
  'x-stream'?: boolean;
}
interface RawBody {
  required?: boolean;
  content: { 'application/json': { schema: Schema } };
}
