/** The steps of `up`, in order, as people read them. A network alone has fewer than a consortium. */
export const STEPS = {
  topology: 'Topology',
  ports: 'Ports and databases',
  material: 'Certificates and keys',
  authorities: 'Certificate authorities',
  servers: 'PostgreSQL, chaincode service, certificate authorities',
  ledger: 'Ledger',
  contracts: 'Contracts: installed, approved, committed',
  bootstrap: 'Founding and demo practitioners',
  gateways: 'Gateways',
} as const;
export type Step = keyof typeof STEPS;

export interface ProgressEvent {
  readonly step: Step;
  readonly state: 'begin' | 'note' | 'done' | 'failed';
  readonly text?: string;
}
export type Reporter = (event: ProgressEvent) => void;

/** Runs one step and reports its begin, its end with what it returns, or its failure. */
export async function runStep(
  reporter: Reporter,
  step: Step,
  work: (note: (text: string) => void) => Promise<string | undefined> | string | undefined,
): Promise<void> {
  reporter({ step, state: 'begin' });
  try {
    const text = await work((note) => reporter({ step, state: 'note', text: note }));
    reporter({ step, state: 'done', text });
  } catch (error) {
    reporter({ step, state: 'failed' });
    throw error;
  }
}
