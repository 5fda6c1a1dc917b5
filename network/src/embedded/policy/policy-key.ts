import { createHash } from 'node:crypto';
import type { common } from '@hyperledger/fabric-protos';

const keys = new WeakMap<common.SignaturePolicyEnvelope, string>();

/** Equal for equal policies. */
export function policyKey(policy: common.SignaturePolicyEnvelope): string {
  let key = keys.get(policy);
  if (key === undefined) {
    key = createHash('sha256').update(policy.serializeBinary()).digest('base64');
    keys.set(policy, key);
  }
  return key;
}
