/** What a run did; `--json` writes it as it is. */
export interface Figures {
  bundles: number;
  skipped: { file: string; reason: string }[];
  organisations: number;
  practitioners: number;
  /** FHIR patients; each is registered once at every custodian of its records and bills. */
  patients: number;
  registrations: number;
  records: number;
  batches: number;
  documentBytes: number;
  consents: number;
  readsUnderConsent: number;
  refusedWithoutConsent: number;
  refusedAfterRevocation: number;
  claims: number;
  claimLines: number;
  settled: number;
  /** Minor units by currency. */
  paid: Record<string, number>;
  invoices: number;
  steps: StepFigures[];
  seconds: number;
}
export interface StepFigures {
  step: string;
  count: number;
  transactions: number;
  seconds: number;
  /** One transaction id of the step, to look up. */
  example?: string;
}

export function emptyFigures(): Figures {
  return {
    bundles: 0,
    skipped: [],
    organisations: 0,
    practitioners: 0,
    patients: 0,
    registrations: 0,
    records: 0,
    batches: 0,
    documentBytes: 0,
    consents: 0,
    readsUnderConsent: 0,
    refusedWithoutConsent: 0,
    refusedAfterRevocation: 0,
    claims: 0,
    claimLines: 0,
    settled: 0,
    paid: {},
    invoices: 0,
    steps: [],
    seconds: 0,
  };
}

/** Counts one step while it runs: things done, and the transactions they took. */
export class Tally {
  count = 0;
  private readonly transactions = new Set<string>();

  constructor(private readonly tick: () => void) {}

  /** One thing done, with the transactions that did it. */
  done(...transactions: { id: string }[]): void {
    this.count += 1;
    this.also(...transactions);
    this.tick();
  }

  /** Transactions on the way to a thing. */
  also(...transactions: { id: string }[]): void {
    for (const { id } of transactions) this.transactions.add(id);
  }

  figures(step: string, seconds: number): StepFigures {
    const [example] = this.transactions;
    return { step, count: this.count, transactions: this.transactions.size, seconds, example };
  }
}
