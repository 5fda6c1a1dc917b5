import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { organisationPaths } from '../home/index.js';
import { generateKeyPair } from '../pki/index.js';
import { writeDurably } from '../process/index.js';
import type { ConsortiumOrganisation, ConsortiumTopology } from '../topology/index.js';
import { readGatewaySecrets } from './custody.js';
import { json } from './people.js';
import { writeIfChanged } from './write-if-changed.js';

/** The gateway's keys, once: losing them loses the wallet and every sealed record. */
export async function ensureGatewaySecrets(
  home: string,
  organisation: ConsortiumOrganisation,
): Promise<void> {
  const { gateway } = organisationPaths(home, organisation);
  mkdirSync(gateway.wallet, { recursive: true, mode: 0o700 });
  mkdirSync(gateway.vault, { recursive: true, mode: 0o700 });
  if (existsSync(gateway.secrets)) return;
  const key = () => randomBytes(32).toString('base64url');
  const tokenKey = (await generateKeyPair()).privateKeyPem;
  writeDurably(gateway.secrets, json({ walletKey: key(), vaultKey: key(), tokenKey }), 0o600);
}

/** Puts the database's address among the secrets, where `medaccord-gateway verify` and `rebuild` find it. */
export function keepDatabaseUrl(
  home: string,
  organisation: ConsortiumOrganisation,
  databaseUrl: string,
): void {
  const secrets = readGatewaySecrets(home, organisation);
  if (secrets.databaseUrl === databaseUrl) return;
  const { secrets: file } = organisationPaths(home, organisation).gateway;
  writeDurably(file, json({ ...secrets, databaseUrl }), 0o600);
}

/** `config.json` follows from the topology: rewritten when that changed. */
export function writeGatewayConfig(
  home: string,
  topology: ConsortiumTopology,
  organisation: ConsortiumOrganisation,
): void {
  const { config } = organisationPaths(home, organisation).gateway;
  writeIfChanged(config, json(gatewayConfig(home, topology, organisation)));
}

function gatewayConfig(home: string, topology: ConsortiumTopology, organisation: ConsortiumOrganisation) {
  const { name, kind, mspId, domain, gateway, ca } = organisation;
  const paths = organisationPaths(home, organisation);
  const signer = paths.user('gateway');
  const tls = {
    certFile: join(paths.gateway.tls, 'server.crt'),
    keyFile: join(paths.gateway.tls, 'server.key'),
  };
  const [peer] = organisation.peers;
  return {
    version: 1,
    environment: topology.environment,
    channel: topology.channel,
    chaincode: topology.chaincode.name,
    organisation: { name, kind, mspId, domain },
    rest: { host: 'localhost', port: gateway.rest, ...tls },
    exchange: { port: gateway.exchange, ...tls },
    peer: { endpoint: `localhost:${peer?.port ?? 0}`, tlsCaFile: paths.tlsCa.certificate },
    signer: { certFile: signer.certificate, keyFile: signer.privateKey },
    ca: { url: `https://localhost:${ca.port}`, tlsCaFile: paths.tlsCa.certificate, name: `ca-${name}` },
    organisations: topology.organisations.map((other) => {
      const their = organisationPaths(home, other);
      return {
        name: other.name,
        kind: other.kind,
        mspId: other.mspId,
        domain: other.domain,
        caCertFile: their.ca.certificate,
        tlsCaFile: their.tlsCa.certificate,
        tlsCrlFile: their.tlsRevocationList,
        exchangeUrl: `https://localhost:${other.gateway.exchange}`,
      };
    }),
    walletDir: paths.gateway.wallet,
    vaultDir: paths.gateway.vault,
    limits: gateway.limits,
  };
}
