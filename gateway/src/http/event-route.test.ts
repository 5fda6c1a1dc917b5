import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { events } from '../client/index.js';
import { normalSerial } from '../identity/index.js';
import type { EventStream, ServerSentEvent } from '../ports.js';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.js';

let gateway: TestGateway;
afterEach(() => gateway.close());

const event = (block: number): ServerSentEvent => ({
  id: `${block}.0`,
  type: 'consent',
  data: {
    id: 'a'.repeat(32),
    type: 'consent',
    version: 1,
    function: 'consent:grant',
    transactionId: 'b'.repeat(64),
    block,
  },
});

/** Gives three events a connection, after the position asked for, then breaks or waits. */
function scripted(end: 'break' | 'wait') {
  const opened: Parameters<EventStream['open']>[0][] = [];
  const stream: EventStream = {
    async *open(request, signal) {
      opened.push(request);
      const first = request.after === undefined ? 1 : Number(request.after.split('.')[0]) + 1;
      for (let block = first; block < first + 3; block++) yield event(block);
      if (end === 'wait')
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  };
  return { stream, opened };
}

describe('the event stream', () => {
  it('is resumed where it broke, and nothing is lost or told twice', async () => {
    const { stream, opened } = scripted('break');
    gateway = await startTestGateway({ events: stream });
    const { client } = await gateway.as('doctor');
    const abort = new AbortController();
    const seen: string[] = [];
    const options = { baseUrl: gateway.origin, types: ['consent', 'claim'], signal: abort.signal };
    for await (const { id, data } of events(client, options)) {
      seen.push(id);
      expect(data.function).toBe('consent:grant');
      if (seen.length === 7) abort.abort();
    }
    expect(seen).toEqual(['1.0', '2.0', '3.0', '4.0', '5.0', '6.0', '7.0']);
    expect(opened.map(({ after }) => after)).toEqual([undefined, '3.0', '6.0']);
    expect(opened[0]).toMatchObject({ types: ['consent', 'claim'], caller: { role: 'doctor' } });
  });

  it('is limited, and a bad position is refused', async () => {
    const { stream } = scripted('wait');
    gateway = await startTestGateway({ events: stream, limits: { streams: 2 } });
    const authorization = await gateway.tokenOf('doctor');
    const open = (headers: object = {}) => gateway.raw('GET', '/v1/events', { authorization, ...headers });
    const streams = [await open(), await open()];
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    expect(await (await open()).json()).toMatchObject({ status: 429, code: 'OVERLOADED', retryable: true });
    await streams[0]?.body?.cancel();
    await expect.poll(async () => (await open()).status).toBe(200);
    const bad = await open({ 'last-event-id': 'drop table' });
    expect(await bad.json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });

  it('is kept open by heartbeats', async () => {
    const { stream } = scripted('wait');
    gateway = await startTestGateway({ events: stream, heartbeatMs: 20 });
    const { client } = await gateway.as('doctor');
    const answer = await client.send(new Request(`${gateway.origin}/v1/events`));
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(':\n\n')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('id: 3.0');
    await reader?.cancel();
  });

  it('ends when its holder is next looked at after a revocation', async () => {
    const { stream } = scripted('wait');
    gateway = await startTestGateway({ events: stream, checkMs: 20 });
    const { client, identity } = await gateway.as('doctor');
    const answer = await client.send(new Request(`${gateway.origin}/v1/events`));
    gateway.revocations.serials.add(normalSerial(new X509Certificate(identity.certificate).serialNumber));
    const text = await answer.text();
    expect(text).toContain('id: 3.0');
  });
});
