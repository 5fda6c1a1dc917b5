import type { components } from '../http/openapi.gen.js';
import type { MedAccordClient } from './create-client.js';
import { GatewayRefusal } from './session.js';

export interface LedgerEvent {
  /** Position to resume after. */
  readonly id: string;
  readonly type: string;
  readonly data: components['schemas']['Event'];
}

export interface EventOptions {
  readonly baseUrl: string;
  /** Only these types of assets. */
  readonly types?: readonly string[];
  /** The position after which to go on; without it and `from`, what happens from now on. */
  readonly after?: string;
  /** First block. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** Committed changes, one by one; a connection that breaks is resumed where it broke. */
export async function* events(client: MedAccordClient, options: EventOptions): AsyncGenerator<LedgerEvent> {
  const { signal } = options;
  const url = new URL('/v1/events', options.baseUrl);
  if (options.types !== undefined) url.searchParams.set('types', options.types.join(','));
  if (options.from !== undefined) url.searchParams.set('from', String(options.from));
  let after = options.after;
  const stopped = () => signal?.aborted ?? false;
  while (!stopped()) {
    const headers = {
      accept: 'text/event-stream',
      ...(after === undefined ? {} : { 'last-event-id': after }),
    };
    try {
      const answer = await client.send(new Request(url, { headers, ...(signal && { signal }) }));
      if (!answer.ok) throw new GatewayRefusal(answer.status, (await answer.json()) as object);
      for await (const event of parse(answer)) {
        if (stopped()) return;
        after = event.id;
        yield event;
      }
    } catch (error) {
      if (stopped()) return;
      if (error instanceof GatewayRefusal) throw error;
    }
    await new Promise((resume) => setTimeout(resume, 250));
  }
}

async function* parse(answer: Response): AsyncGenerator<LedgerEvent> {
  if (answer.body === null) return;
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const event = eventOf(message);
      if (event !== undefined) yield event;
    }
  }
}

/** Undefined for a comment, which only keeps the connection alive. */
function eventOf(message: string): LedgerEvent | undefined {
  const fields = new Map(
    message.split('\n').flatMap((line): [string, string][] => {
      const match = /^(\w+): (.*)$/.exec(line);
      return match === null ? [] : [[match[1] ?? '', match[2] ?? '']];
    }),
  );
  const [id, type, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
  if (id === undefined || type === undefined || data === undefined) return undefined;
  return { id, type, data: JSON.parse(data) as LedgerEvent['data'] };
}
