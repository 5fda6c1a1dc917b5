import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { gauges, readOperations } from './operations-endpoint.js';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<number> {
  server = createServer(listener);
  await once(server.listen(0, 'localhost'), 'listening');
  return (server.address() as AddressInfo).port;
}

const METRICS = `# HELP consensus_etcdraft_is_leader The leadership status of the current node
# TYPE consensus_etcdraft_is_leader gauge
consensus_etcdraft_is_leader{channel="care"} 1
consensus_etcdraft_is_leader{channel="trial"} 0
consensus_BFT_is_leader{channel="byzantine"} 1
ledger_blockchain_height{channel="care"} 12
ledger_blockchain_height{channel="trial"} 1.5e+06
ledger_blockchain_height_other{channel="care"} 7
go_goroutines 41
`;

describe('a node’s operations endpoint', () => {
  it('tells its health, its heights and what it leads', async () => {
    const port = await serve(({ url }, response) => {
      response.end(url === '/metrics' ? METRICS : '{"status":"OK","time":"2026-01-01T00:00:00Z"}');
    });
    expect(await readOperations(port)).toEqual({
      health: 'OK',
      heights: { care: 12, trial: 1_500_000 },
      leads: ['care', 'byzantine'],
    });
  });

  it('names the checks that fail', async () => {
    const failed = [{ component: 'couchdb', reason: 'connection refused' }];
    const port = await serve(({ url }, response) => {
      if (url === '/metrics') response.end('');
      else
        response.writeHead(503).end(JSON.stringify({ status: 'Service Unavailable', failed_checks: failed }));
    });
    expect(await readOperations(port)).toEqual({
      health: 'couchdb: connection refused',
      heights: {},
      leads: [],
    });
  });

  it('is given up where it takes the question and does not answer', async () => {
    const port = await serve((_request, response) => {
      response.write('half of ');
    });
    const begun = Date.now();
    expect(await readOperations(port)).toEqual({ health: 'no answer within 2 s', heights: {}, leads: [] });
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  it('is not reachable where nobody listens', async () => {
    const port = await serve(() => undefined);
    server?.close();
    expect((await readOperations(port)).health).toBe('not reachable');
  });
});

describe('a gauge of Prometheus', () => {
  it('is found by its channel wherever that stands among the labels', () => {
    expect(
      gauges('height{a="b",channel="care",z="1"} 3\nheight{subchannel="x"} 4\nheight 5', 'height'),
    ).toEqual([['care', 3]]);
  });
});
