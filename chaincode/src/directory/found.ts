import { isCare, type directory } from '../api/index.js';
import { CONSORTIUM, refuse, writeCareKey, type Handler, type Transaction } from '../ledger/index.js';

/** Writes the consortium and the secret of `care`, once, by an admin of one of its care organisations. */
export const found: Handler<'directory:found', directory.Consortium> = async (tx, input, priv) => {
  if (tx.isFounded) refuse('ALREADY_FOUNDED', 'the consortium is founded');
  if (tx.caller.role !== 'admin') refuse('UNAUTHORIZED_ROLE', 'only for: admin');
  const { organisations } = input;
  const own = organisations.find(({ mspId }) => mspId === tx.caller.mspId);
  if (own === undefined || !isCare(own.kind)) {
    refuse('UNAUTHORIZED_ORGANISATION', 'only for a care organisation of the consortium');
  }
  requireDistinct(organisations.map(({ name }) => name));
  requireDistinct(organisations.map(({ mspId }) => mspId));
  const consortium: directory.Consortium = { type: 'consortium', ...input };
  await tx.assets.put(CONSORTIUM, consortium);
  await writeCareKey(tx.stub, priv.careKeySecret);
  return consortium;
};

/** What was founded. @throws ContractError NOT_FOUNDED */
export function readConsortium(tx: Transaction): Promise<directory.Consortium> {
  return Promise.resolve(tx.consortium);
}

function requireDistinct(values: readonly string[]): void {
  if (new Set(values).size !== values.length) {
    refuse('INVALID_ARGUMENT', 'two organisations share a name or an MSP id');
  }
}
