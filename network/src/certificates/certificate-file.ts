import { X509Certificate } from 'node:crypto';

/** What a certificate is for; authorities cannot be renewed by a command, all others can. */
export type CertificateKind = 'authority' | 'orderer' | 'peer' | 'ca' | 'gateway' | 'admin' | 'person';

/** One certificate of the home folder. */
export interface CertificatePlace {
  readonly organisation: string;
  /** As commands name it: `peer0.hospital-a`, `gateway-hospital-a`, `doctor`. */
  readonly name: string;
  readonly kind: CertificateKind;
  /** custody: the second enrolment in the gateway's wallet. */
  readonly use: 'signing' | 'tls' | 'custody';
  /** Absolute. */
  readonly file: string;
  /** Revocation list of its authority, where that has one. */
  readonly revocationList: string;
  /** Who renews it: a name that `identity renew` takes. Absent for authorities. */
  readonly renewedAs?: string;
}

export type CertificateStatus = 'valid' | 'expiring' | 'expired' | 'revoked' | 'not-yet-valid' | 'unreadable';

export interface CertificateReport extends CertificatePlace {
  readonly status: CertificateStatus;
  /** Hex, as Fabric CA prints it; absent where it cannot be read. */
  readonly serial?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** Whole days until its end, rounded down; negative after it. */
  readonly daysLeft?: number;
  /** Why it cannot be read. */
  readonly problem?: string;
}

export interface Judgement {
  readonly now: Date;
  /** Fewer days left than these are worth a warning. */
  readonly warnDays: number;
  /** Serials that the place's revocation list names. */
  readonly revoked: ReadonlySet<string>;
}

const DAY = 86_400_000;

/** @param read Gives the certificate's PEM. */
export async function judge(
  place: CertificatePlace,
  judgement: Judgement,
  read: (place: CertificatePlace) => Promise<string>,
): Promise<CertificateReport> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(await read(place));
  } catch (error) {
    return {
      ...place,
      status: 'unreadable',
      problem: error instanceof Error ? error.message : String(error),
    };
  }
  const serial = certificate.serialNumber.toLowerCase().replace(/^0+/, '');
  const [begin, end] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  return {
    ...place,
    status: statusOf(begin, end, judgement, judgement.revoked.has(serial)),
    serial,
    notBefore: begin.toISOString(),
    notAfter: end.toISOString(),
    daysLeft: Math.floor((end.getTime() - judgement.now.getTime()) / DAY),
  };
}

function statusOf(
  begin: Date,
  end: Date,
  { now, warnDays }: Judgement,
  isRevoked: boolean,
): CertificateStatus {
  if (isRevoked) return 'revoked';
  if (end <= now) return 'expired';
  if (begin > now) return 'not-yet-valid';
  return end.getTime() - now.getTime() < warnDays * DAY ? 'expiring' : 'valid';
}
