import type { msp } from '@hyperledger/fabric-protos';
import { parseCertificate } from './certificate.js';
import { IdentityError } from './identity-error.js';
import type { MspMaterial, NodeOu } from './msp-folder.js';
import { parseRevocationList, type RevocationList } from './revocation-list.js';

/** An organisation's membership service as a channel's configuration says it. */
export interface MspDefinition extends MspMaterial {
  readonly revocations: readonly RevocationList[];
}

/** @throws IdentityError (MSP_DEFINITION) naming the MSP, for what cannot be used. */
export function readMspDefinition(config: msp.FabricMSPConfig): MspDefinition {
  const mspId = config.getName();
  try {
    if (mspId === '') throw new Error('it has no name');
    if (config.getOrganizationalUnitIdentifiersList().length > 0) {
      throw new Error('organizational unit identifiers are not supported by the embedded ledger');
    }
    const certificates = (list: readonly Uint8Array[]) => list.map(parseCertificate);
    const roots = certificates(config.getRootCertsList_asU8());
    const intermediates = certificates(config.getIntermediateCertsList_asU8());
    if (roots.length === 0) throw new Error('expected at least one CA certificate');
    for (const { isAuthority, subject, subjectKeyId } of [...roots, ...intermediates]) {
      if (!isAuthority) throw new Error(`CA Certificate did not have the CA attribute, (${subject})`);
      if (subjectKeyId === undefined) throw new Error(`CA Certificate problem with Subject Key Identifier`);
    }
    return {
      mspId,
      roots,
      intermediates,
      admins: certificates(config.getAdminsList_asU8()),
      tlsRoots: config.getTlsRootCertsList_asU8().map((pem) => Buffer.from(pem).toString('utf8')),
      nodeOus: nodeOus(config.getFabricNodeOus()),
      revocations: config
        .getRevocationListList_asU8()
        .map((list) => checked(parseRevocationList(Buffer.from(list)), [...roots, ...intermediates])),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IdentityError('MSP_DEFINITION', `MSP ${mspId}: ${reason}`, { cause });
  }
}

/** A list that none of the organisation's authorities has signed revokes nobody. */
function checked(list: RevocationList, authorities: MspMaterial['roots']): RevocationList {
  const issuer = authorities.find(({ subjectKeyId }) => subjectKeyId === list.authorityKeyId);
  if (issuer === undefined || !list.isSignedBy(issuer.publicKey)) {
    throw new Error('a revocation list is signed by none of its CA certificates');
  }
  return list;
}

function nodeOus(units: msp.FabricNodeOUs | undefined): MspMaterial['nodeOus'] {
  if (units?.getEnable() !== true) return { enabled: false };
  const unit = (identifier: msp.FabricOUIdentifier | undefined): NodeOu | undefined => {
    const name = identifier?.getOrganizationalUnitIdentifier() ?? '';
    if (identifier === undefined || name === '') return undefined;
    const certificate = identifier.getCertificate_asU8();
    return {
      identifier: name,
      certificate: certificate.length === 0 ? undefined : parseCertificate(certificate),
    };
  };
  return {
    enabled: true,
    client: unit(units.getClientOuIdentifier()),
    peer: unit(units.getPeerOuIdentifier()),
    admin: unit(units.getAdminOuIdentifier()),
    orderer: unit(units.getOrdererOuIdentifier()),
  };
}
