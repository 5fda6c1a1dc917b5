import { FUNCTIONS, type FunctionName } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import {
  signingStep,
  validationName,
  type Finished,
  type PreparedTransactions,
  type Signatory,
  type ToSign,
} from '../../fabric/index.js';
import type { Handlers, Schemas } from '../../operation.js';
import type { Caller, CommitOutcome, Ledger, ReadModel } from '../../ports.js';

export interface TransactionParts {
  readonly ledger: Ledger;
  readonly readModel: Pick<ReadModel, 'transaction'>;
  readonly prepared: PreparedTransactions;
  /** The client's identity in a session without a signer. */
  readonly clientSession: (signatory: Signatory) => Parameters<PreparedTransactions['prepare']>[0];
  /** Checks a certificate as a login does. @throws Problem UNAUTHENTICATED, CERTIFICATE_REVOKED */
  readonly checkCertificate: (pem: string) => Promise<{ subject: string; thumbprint: string; pem: string }>;
  /** Undefined where the peer has not seen it. */
  readonly status: (transactionId: string) => Promise<CommitOutcome | undefined>;
}

/** Calls signed by a key that stays with the client, and what became of any transaction. */
export function transactionUseCases(
  parts: TransactionParts,
): Handlers<'prepareTransaction' | 'signTransaction' | 'getTransaction'> {
  const { prepared } = parts;
  return {
    async prepareTransaction({ caller, body }) {
      const name = functionOf(body.function);
      const { input, priv } = argumentsOf(name, body.input, body.private);
      const pem = body.certificate ?? caller.certificate;
      if (pem === undefined) throw new Problem('REQUEST_INVALID', 'send the certificate that will sign');
      const holder = await parts.checkCertificate(pem);
      if (holder.subject !== caller.subject)
        throw new Problem('FORBIDDEN', 'the certificate is of another subject');
      const session = parts.clientSession({
        mspId: caller.mspId,
        certificate: holder.pem,
        thumbprint: holder.thumbprint,
      });
      const claim = await claimOf(parts.ledger, caller, name, input);
      const request = {
        owner: caller.subject,
        function: name,
        input,
        ...(priv === undefined ? {} : { private: priv }),
        ...(claim === undefined ? {} : { claim }),
      };
      const next = prepared.prepare(session, request);
      return { status: 201, body: stepBody(next), location: `/v1/transactions/${next.transactionId}` };
    },
    async signTransaction({ caller, path, body }) {
      const signature = Buffer.from(body.signature, 'base64url');
      const next = await prepared.sign(caller.subject, path.transactionId, body.step, signature);
      return { status: 200, body: stepBody(next) };
    },
    async getTransaction({ caller, path: { transactionId: id } }) {
      const stage = prepared.stage(caller.subject, id);
      if (stage === 'proposal' || stage === 'transaction')
        return { status: 200, body: { id, status: 'prepared' } };
      const outcome = (await parts.readModel.transaction(id)) ?? (await parts.status(id));
      if (outcome !== undefined) return { status: 200, body: statusBody(outcome) };
      return { status: 200, body: { id, status: stage === 'commit' ? 'submitted' : 'unknown' } };
    },
  };
}

function functionOf(name: string): FunctionName {
  if (Object.hasOwn(FUNCTIONS, name)) {
    const known = name as FunctionName;
    if (FUNCTIONS[known].kind === 'submit') return known;
  }
  throw new Problem('REQUEST_INVALID', 'no such function to submit', {
    errors: [{ path: 'body/function', message: 'is no function that writes' }],
  });
}

/** Checked against the contract's own shapes, so that a mistake is found before anything is signed. */
function argumentsOf(name: FunctionName, input: unknown, priv: unknown): { input: unknown; priv: unknown } {
  const signature = FUNCTIONS[name];
  const checks = [
    { place: 'input', value: input, shape: signature.input },
    ...('private' in signature ? [{ place: 'private', value: priv, shape: signature.private }] : []),
  ];
  if (!('private' in signature) && priv !== undefined) {
    throw new Problem('REQUEST_INVALID', 'this function takes nothing private');
  }
  const errors = checks.flatMap(({ place, value, shape }) =>
    (shape.safeParse(value).error?.issues ?? []).map(({ path, message }) => ({
      path: ['body', place, ...path].join('/'),
      message,
    })),
  );
  if (errors.length > 0) throw new Problem('REQUEST_INVALID', 'the arguments do not fit', { errors });
  return { input, priv };
}

/** The pair that must endorse, for functions about a claim. */
async function claimOf(ledger: Ledger, caller: Caller, name: FunctionName, input: unknown) {
  const { endorsers } = FUNCTIONS[name];
  if (endorsers !== 'pair' && endorsers !== 'insurer') return undefined;
  const { id, claim } = input as { id: string; claim?: string };
  const view = await ledger.evaluate('billing:getClaim', { id: claim ?? id }, { as: caller });
  return { hospital: view.claim.hospital, insurer: view.claim.insurer };
}

function stepBody(next: ToSign | Finished): Schemas['SigningStep'] {
  if (next.stage === 'done') {
    const { transactionId, outcome, result } = next;
    return { transactionId, step: 'done', transaction: statusBody(outcome), result };
  }
  return signingStep(next);
}

function statusBody({ transactionId, block, code }: CommitOutcome): Schemas['TransactionStatus'] {
  return code === 0
    ? { id: transactionId, status: 'committed', block, validationCode: 'VALID' }
    : { id: transactionId, status: 'invalid', block, validationCode: validationName(code) };
}
