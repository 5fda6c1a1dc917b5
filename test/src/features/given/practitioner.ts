import type { Consortium, Member } from '../../consortium/index.js';
import { commit } from '../../story/api.js';
import { digest, newId } from './ids.js';

type Role = 'doctor' | 'nurse' | 'clerk' | 'billing' | 'adjuster' | 'technician' | 'pharmacist';
/** Who keeps the key that signs transactions. */
type Custody = 'gateway' | 'client';

/** Somebody new: certificate issued by the command line, registered, and approved by the organisation's admin. */
export async function approvedPractitioner(
  consortium: Consortium,
  organisation: string,
  role: Role,
  custody: Custody = 'gateway',
): Promise<Member & { name: string }> {
  const name = `${role}-${newId().slice(0, 8)}`;
  const person = await issuedIdentity(consortium, organisation, role, name, custody);
  const admin = await consortium.member(organisation, 'Admin');
  await commit((header) =>
    admin.api.POST('/v1/practitioners', {
      params: { header },
      body: { id: person.subject, role, evidenceHash: digest(name) },
    }),
  );
  await commit((header) =>
    admin.api.POST('/v1/practitioners/{id}/approve', {
      params: { path: { id: person.subject }, header },
      body: {},
    }),
  );
  return person;
}

/** Somebody with a certificate, whom the ledger does not know. */
export async function issuedIdentity(
  consortium: Consortium,
  organisation: string,
  role: string,
  name: string,
  custody: Custody = 'gateway',
): Promise<Member & { name: string }> {
  const { code, stderr } = await consortium.command(
    ...['identity', 'issue', '--org', organisation, '--name', name, '--role', role, '--custody', custody],
  );
  if (code !== 0) throw new Error(`identity issue ended with ${String(code)}: ${stderr}`);
  return { ...(await consortium.logIn(organisation, name, { retries: 0 })), name };
}
