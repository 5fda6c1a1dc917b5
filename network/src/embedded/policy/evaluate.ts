import { common } from '@hyperledger/fabric-protos';
import type { msp } from '@hyperledger/fabric-protos';
import type { Identity, MspManager } from '../parts.js';
import { PolicyError } from './policy-error.js';

/** Answers whether a set of distinct identities satisfies a policy. Each identity counts once. */
export type CompiledPolicy = (identities: readonly Identity[]) => boolean;

type Gate = (identities: readonly Identity[], used: boolean[]) => boolean;

const MAX_DEPTH = 64;

function compileRule(
  rule: common.SignaturePolicy | undefined,
  principals: readonly msp.MSPPrincipal[],
  depth: number,
): Gate {
  if (depth > MAX_DEPTH) throw new PolicyError('MALFORMED_POLICY', 'the policy is nested too deeply');
  switch (rule?.getTypeCase()) {
    case common.SignaturePolicy.TypeCase.SIGNED_BY: {
      const principal = principals[rule.getSignedBy()];
      if (principal === undefined)
        throw new PolicyError('MALFORMED_POLICY', 'the policy names no such principal');
      return (identities, used) => {
        const index = identities.findIndex(
          (identity, i) => used[i] !== true && identity.satisfies(principal),
        );
        if (index === -1) return false;
        used[index] = true;
        return true;
      };
    }
    case common.SignaturePolicy.TypeCase.N_OUT_OF: {
      const nOutOf = rule.getNOutOf();
      const wanted = nOutOf?.getN() ?? 0;
      const gates = (nOutOf?.getRulesList() ?? []).map((child) => compileRule(child, principals, depth + 1));
      // As Fabric: first fit, in order, and what a failed branch used is given back.
      return (identities, used) => {
        let verified = 0;
        for (const gate of gates) {
          const attempt = [...used];
          if (gate(identities, attempt)) {
            verified += 1;
            attempt.forEach((value, i) => (used[i] = value));
          }
        }
        return verified >= wanted;
      };
    }
    default:
      throw new PolicyError('MALFORMED_POLICY', 'the policy has an empty element');
  }
}

/** @throws PolicyError (MALFORMED_POLICY). */
export function compilePolicy(envelope: common.SignaturePolicyEnvelope): CompiledPolicy {
  if (envelope.getVersion() !== 0) throw new PolicyError('MALFORMED_POLICY', 'policies have version 0');
  const gate = compileRule(envelope.getRule(), envelope.getIdentitiesList(), 0);
  return (identities) =>
    gate(
      identities,
      identities.map(() => false),
    );
}

/** @throws PolicyError (MALFORMED_POLICY) for bytes that are no usable policy. */
export function decodePolicy(bytes: Uint8Array): common.SignaturePolicyEnvelope {
  try {
    const envelope = common.SignaturePolicyEnvelope.deserializeBinary(bytes);
    compilePolicy(envelope);
    return envelope;
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    throw new PolicyError('MALFORMED_POLICY', 'not a signature policy');
  }
}

export interface SignedData {
  readonly identity: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * The distinct identities among `signatures` whose signature fits. Unknown ones and bad signatures are left out,
 * and a second signature of an identity is not even looked at.
 */
export function signingIdentities(msps: MspManager, signatures: readonly SignedData[]): Identity[] {
  const found = new Map<string, Identity>();
  for (const { identity: serialized, message, signature } of signatures) {
    let identity: Identity;
    try {
      identity = msps.deserialize(serialized);
    } catch {
      continue;
    }
    if (found.has(identity.fingerprint) || !identity.verify(message, signature)) continue;
    found.set(identity.fingerprint, identity);
  }
  return [...found.values()];
}
