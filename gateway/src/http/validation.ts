import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { Problem } from '../errors.js';
import type { ApiDocument, Route } from './api-document.js';

/** Parts of a request that the document describes. Text of query and headers is coerced to what it says. */
export interface RawRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}
export interface ValidRequest {
  readonly path: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly body: unknown;
}
/** @throws Problem REQUEST_INVALID naming every part that is wrong, never its value. */
export type RequestValidator = (request: RawRequest) => ValidRequest;

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  explode?: boolean;
  schema: Record<string, unknown>;
}
interface Operation {
  parameters?: unknown[];
  requestBody?: unknown;
}

const DOCUMENT = 'urn:medaccord:openapi';
const LIMIT = 20;

/** One validator for each route of the document, compiled when it is first used. */
export function createValidators(document: ApiDocument): ReadonlyMap<Route, RequestValidator> {
  const bodies = ajv(false);
  const texts = ajv(true);
  for (const instance of [bodies, texts]) instance.addSchema({ ...document.json, $id: DOCUMENT });
  const resolve = <T>(value: unknown): T => lookUp(document.json, value) as T;
  return new Map(
    document.routes.map((route) => {
      let compiled: RequestValidator | undefined;
      const validator: RequestValidator = (request) => {
        compiled ??= validatorOf(route, document, bodies, texts, resolve);
        return compiled(request);
      };
      return [route, validator];
    }),
  );
}

function ajv(coerceTypes: boolean): Ajv2020 {
  return new Ajv2020({
    strict: false,
    allErrors: false,
    useDefaults: true,
    coerceTypes: coerceTypes ? 'array' : false,
    formats: { uri: (text: string) => URL.canParse(text) },
    validateSchema: false,
  });
}

function validatorOf(
  route: Route,
  document: ApiDocument,
  bodies: Ajv2020,
  texts: Ajv2020,
  resolve: <T>(value: unknown) => T,
): RequestValidator {
  const paths = document.json['paths'] as Record<string, Record<string, unknown>>;
  const template = route.path.replaceAll(/:(\w+)/g, '{$1}');
  const item = paths[template] ?? {};
  const operation = item[route.method] as Operation;
  const parameters = [
    ...((item['parameters'] as unknown[] | undefined) ?? []),
    ...(operation.parameters ?? []),
  ].map((parameter) => resolve<Parameter>(parameter));
  const check = Object.fromEntries(
    ['path', 'query', 'header'].map((place) => [
      place,
      texts.compile(objectOf(parameters, place, place !== 'header')),
    ]),
  );
  const lists = parameters
    .filter((one) => one.in === 'query' && one.explode === false)
    .map(({ name }) => name);
  const body = bodyValidator(operation, bodies, resolve);

  return (request) => {
    const path: Record<string, unknown> = { ...request.path };
    const query: Record<string, unknown> = { ...request.query };
    for (const name of lists) {
      if (typeof query[name] === 'string') query[name] = query[name].split(',');
    }
    const headers: Record<string, unknown> = { ...request.headers };
    const errors = [
      ...failures(check['path'], path, 'path'),
      ...failures(check['query'], query, 'query'),
      ...failures(check['header'], headers, 'header'),
      ...body(request.body),
    ];
    if (errors.length > 0) {
      throw new Problem('REQUEST_INVALID', 'the request is not what the API describes', {
        errors: errors.slice(0, LIMIT),
      });
    }
    return { path, query, body: request.body };
  };
}

function objectOf(parameters: readonly Parameter[], place: string, closed: boolean): Record<string, unknown> {
  const here = parameters.filter((one) => one.in === place);
  const named = (one: Parameter) => (place === 'header' ? one.name.toLowerCase() : one.name);
  return {
    type: 'object',
    additionalProperties: !closed,
    required: here.filter(({ required }) => required === true).map(named),
    properties: Object.fromEntries(here.map((one) => [named(one), absolute(one.schema)])),
  };
}

function bodyValidator(
  operation: Operation,
  bodies: Ajv2020,
  resolve: <T>(value: unknown) => T,
): (body: unknown) => { path: string; message: string }[] {
  if (operation.requestBody === undefined) return () => [];
  const { required, content } = resolve<{ required?: boolean; content: Record<string, { schema: unknown }> }>(
    operation.requestBody,
  );
  const validate = bodies.compile(absolute(content['application/json']?.schema ?? {}));
  return (body) => {
    if (body !== undefined) return failures(validate, body, 'body');
    return required === true ? [{ path: 'body', message: 'is required' }] : [];
  };
}

function failures(
  validate: ValidateFunction | undefined,
  value: unknown,
  place: string,
): { path: string; message: string }[] {
  if (validate === undefined || validate(value)) return [];
  return (validate.errors ?? []).map((error) => ({
    path: `${place}${error.instancePath}`,
    message: wordingOf(error),
  }));
}

/** Ajv's words hold no value of the request, but for the name of a member that should not be there. */
function wordingOf({ keyword, message, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return 'has a member that is not known';
  if (keyword === 'required') return `lacks ${String(params['missingProperty'])}`;
  return message ?? keyword;
}

/** References of the document, made absolute, so that they are found from a schema compiled on its own. */
function absolute(schema: unknown): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(schema, (name, value: unknown) =>
      name === '$ref' && typeof value === 'string' && value.startsWith('#') ? `${DOCUMENT}${value}` : value,
    ),
  ) as Record<string, unknown>;
}

function lookUp(document: Record<string, unknown>, value: unknown): unknown {
  const reference = (value as { $ref?: string }).$ref;
  if (reference === undefined) return value;
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
}
