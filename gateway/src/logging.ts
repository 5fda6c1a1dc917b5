import { pino, type DestinationStream, type Logger } from 'pino';

/** Members that never reach a log line, at any of the depths that we log. */
const SECRET = [
  'authorization',
  'dpop',
  'cookie',
  'token',
  'challenge',
  'certificate',
  'signature',
  'jws',
  'jwk',
  'jwe',
  'keys',
  'key',
  'privateKey',
  'private',
  'input',
  'body',
  'document',
  'data',
  'reason',
  'name',
  'display',
  'password',
  'databaseUrl',
  'salt',
];

/** JSON lines on stdout. Only ids, codes, counts and times are logged on purpose; redaction is the second fence. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: undefined,
    redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    serializers: { err: errorFields },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * Of an error: class, code and the frames of its stack. Its message may quote what it choked on (a document, a
 * name), so it stays out; a cause is followed.
 */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { class: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    class: error.constructor.name,
    ...('code' in error ? { code: String(error.code) } : {}),
    at: frames.slice(0, 6).map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  };
}
