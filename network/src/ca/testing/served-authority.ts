import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCryptoMaterial } from '../../crypto-material/index.js';
import { organisationPaths, type OrganisationPaths } from '../../home/index.js';
import { findOrganisation, loadTopology } from '../../topology/index.js';
import { CertificateAuthority } from '../certificate-authority.js';
import type { CaRequestLog } from '../service/app.js';
import { serveCa, type CaService } from '../service/serve.js';
import { CaClient, type Enrolment } from './ca-client.js';

/** One organisation's authority in a home folder of its own, served on a free port, for tests. */
export class ServedAuthority {
  readonly client: CaClient;
  readonly logs: readonly CaRequestLog[];

  private constructor(
    readonly home: string,
    readonly paths: OrganisationPaths,
    readonly authority: CertificateAuthority,
    readonly service: CaService,
    logs: readonly CaRequestLog[],
  ) {
    this.client = new CaClient(service.url, readFileSync(paths.tlsCa.certificate, 'utf8'));
    this.logs = logs;
  }

  /** @param example a file of `config/examples` */
  static async start(example: string, organisationName: string): Promise<ServedAuthority> {
    const file = new URL(`../../../../config/examples/${example}`, import.meta.url);
    const topology = loadTopology(fileURLToPath(file));
    const organisation = findOrganisation(topology, organisationName);
    const home = mkdtempSync(join(tmpdir(), 'medaccord-ca-'));
    await ensureCryptoMaterial(topology, home);
    const paths = organisationPaths(home, organisation);
    const authority = await CertificateAuthority.open(home, organisation);
    const logs: CaRequestLog[] = [];
    const { tls } = paths.caService;
    const service = await serveCa(authority, {
      port: 0,
      certificate: readFileSync(join(tls, 'server.crt'), 'utf8'),
      privateKey: readFileSync(join(tls, 'server.key'), 'utf8'),
      log: (entry) => logs.push(entry),
    });
    return new ServedAuthority(home, paths, authority, service, logs);
  }

  /** Somebody whose key was made with the home folder. */
  localUser(name: string): Enrolment {
    const user = this.paths.user(name);
    return {
      certificate: readFileSync(user.certificate, 'utf8'),
      privateKey: readFileSync(user.privateKey, 'utf8'),
    };
  }

  async stop(): Promise<void> {
    await this.service.close();
    await this.authority.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}
