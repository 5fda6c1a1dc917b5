import pMap from 'p-map';
import type { Consortium } from '../../consortium/index.js';
import { value } from '../../story/api.js';
import type { Acknowledged } from './load.js';

/** There may be more to ask than one caller may in a minute: who asks goes at the pace that the gateway allows. */
const PATIENT = { retries: 20 };

/** Asks the gateway of `organisation` for each registration. @returns those that its ledger does not have. */
export async function lostAt(
  consortium: Consortium,
  organisation: string,
  registrations: readonly Acknowledged[],
): Promise<Acknowledged[]> {
  const { api } = await consortium.logIn(organisation, 'clerk', PATIENT);
  const isKept = async ({ patient, transaction, organisation: custodian }: Acknowledged) => {
    const [status, asset] = await Promise.all([
      value(
        api.GET('/v1/transactions/{transactionId}', { params: { path: { transactionId: transaction } } }),
      ),
      api.GET('/v1/patients/{id}', { params: { path: { id: patient } } }),
    ]);
    return status.status === 'committed' && asset.data?.custodian === custodian;
  };
  const kept = await pMap(registrations, isKept, { concurrency: 16 }).finally(() => api.close());
  return registrations.filter((_, index) => kept[index] !== true);
}

/** Every pseudonym in the read model of `organisation`, as often as it is there. */
export async function listedPatients(consortium: Consortium, organisation: string): Promise<string[]> {
  const { api } = await consortium.logIn(organisation, 'clerk', PATIENT);
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 200, ...(cursor && { cursor }) };
    const page = await value(api.GET('/v1/patients', { params: { query } }));
    listed.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== undefined);
  api.close();
  return listed;
}
