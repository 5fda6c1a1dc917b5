import { X509Certificate } from 'node:crypto';
import type { Gateway } from '@hyperledger/fabric-gateway';
import { Problem } from '../errors.js';
import { thumbprint } from '../identity/index.js';
import type { Signatory } from './connection.js';
import type { ClientCall } from './ledger.js';
import type { PreparedTransactions } from './prepared-transactions.js';
import { signingStep } from './signing-step.js';

/**
 * Prepares calls for keys that stay with their clients. The problem holds the open step; the client brings the
 * signatures to `/v1/transactions/{id}/signatures` and repeats its request with the same Idempotency-Key.
 * @param session the client's identity without a signer
 */
export function clientSignatures(prepared: PreparedTransactions, session: (signatory: Signatory) => Gateway) {
  return ({ caller, name, input, private: priv, claim, attempt, replaces }: ClientCall): Problem => {
    const { certificate, mspId, subject } = caller;
    if (certificate === undefined) {
      return new Problem(
        'CLIENT_SIGNATURE_REQUIRED',
        'your key and certificate are not kept here: log in again, or prepare this call at /v1/transactions',
      );
    }
    const signatory = { mspId, certificate, thumbprint: thumbprint(new X509Certificate(certificate).raw) };
    const next = prepared.prepare(session(signatory), {
      owner: subject,
      function: name,
      input,
      ...(priv === undefined ? {} : { private: priv }),
      ...(claim === undefined ? {} : { claim }),
      ...(attempt?.id === undefined ? {} : { attempt: attempt.id }),
      ...(replaces === undefined ? {} : { replaces }),
      ...(attempt === undefined ? {} : { endorsed: (sent) => attempt.sending(sent) }),
    });
    return new Problem(
      'CLIENT_SIGNATURE_REQUIRED',
      'your key is not kept here: sign what is prepared, then repeat the request with its Idempotency-Key',
      { transactionId: next.transactionId, signing: signingStep(next) },
    );
  };
}
