import type { Bundle, Resource } from './bundle.js';
import { organisationFor } from './organisation-rule.js';

export interface PlannedRecord {
  custodian: string;
  category: 'laboratory' | 'immunization' | 'condition' | 'medication';
  serviceDate: string;
  /** FHIR id of the practitioner who made it, where the bundle says. */
  practitioner?: string;
  document: unknown;
}
export interface PlannedLine {
  number: number;
  system: string;
  code: string;
  /** Minor units. */
  amount: number;
}
export interface PlannedClaim {
  provider: string;
  /** Undefined: nobody insures it, so it becomes a self-pay invoice. */
  coverage?: string;
  serviceDate: string;
  currency: string;
  diagnoses: string[];
  lines: PlannedLine[];
  total: number;
}
export interface PlannedPatient {
  fhirId: string;
  file: string;
  records: PlannedRecord[];
  claims: PlannedClaim[];
}
/** What the bundles ask the consortium to do. */
export interface Plan {
  patients: PlannedPatient[];
  /** FHIR id of each practitioner and the organisation that approves it. */
  practitioners: Map<string, string>;
  /** FHIR organisations found, and where the rule puts them. */
  organisations: Map<string, string>;
}

const NOT_INSURED = 'no_insurance';

export function planFrom(bundles: readonly Bundle[], careOrganisations: readonly string[]): Plan {
  const plan: Plan = { patients: [], practitioners: new Map(), organisations: new Map() };
  for (const bundle of bundles) {
    for (const organisation of bundle.all('Organization')) {
      plan.organisations.set(organisation.id, place(organisation, careOrganisations));
    }
    for (const encounter of bundle.all('Encounter')) {
      const organisation = bundle.resolve('Organization', encounter.serviceProvider);
      const practitioner = practitionerOf(bundle, encounter);
      if (organisation && practitioner && !plan.practitioners.has(practitioner)) {
        plan.practitioners.set(practitioner, place(organisation, careOrganisations));
      }
    }
  }
  // Those in no encounter follow the same rule by their own id.
  for (const { id } of bundles.flatMap((bundle) => bundle.all('Practitioner'))) {
    if (!plan.practitioners.has(id)) plan.practitioners.set(id, organisationFor(id, careOrganisations));
  }
  for (const bundle of bundles) {
    for (const patient of bundle.all('Patient'))
      plan.patients.push(planPatient(bundle, patient.id, careOrganisations));
  }
  return plan;
}

function place(organisation: Resource<'Organization'>, care: readonly string[]): string {
  return organisationFor(organisation.identifier[0]?.value ?? organisation.id, care);
}

function practitionerOf(bundle: Bundle, encounter: Resource<'Encounter'> | undefined): string | undefined {
  return bundle.resolve('Practitioner', encounter?.participant?.[0]?.individual)?.id;
}

function planPatient(bundle: Bundle, fhirId: string, care: readonly string[]): PlannedPatient {
  const home = organisationFor(fhirId, care);
  const record = (
    category: PlannedRecord['category'],
    resource: { encounter?: { reference: string } },
    date: string,
    document: unknown = resource,
  ): PlannedRecord => {
    const encounter = bundle.resolve('Encounter', resource.encounter);
    const organisation = bundle.resolve('Organization', encounter?.serviceProvider);
    return {
      custodian: organisation ? place(organisation, care) : home,
      category,
      serviceDate: date.slice(0, 10),
      practitioner: practitionerOf(bundle, encounter),
      document,
    };
  };
  return {
    fhirId,
    file: bundle.name,
    records: [
      ...bundle
        .all('DiagnosticReport')
        .map((report) =>
          record('laboratory', report, report.effectiveDateTime, reportWithResults(bundle, report)),
        ),
      ...bundle.all('Immunization').map((shot) => record('immunization', shot, shot.occurrenceDateTime)),
      ...bundle.all('Condition').map((condition) => record('condition', condition, condition.recordedDate)),
      ...bundle.all('MedicationRequest').map((request) => record('medication', request, request.authoredOn)),
    ],
    claims: bundle.all('Claim').map((claim) => planClaim(bundle, claim, home, care)),
  };
}

/** A report and the observations it names, as one FHIR collection. */
function reportWithResults(bundle: Bundle, report: Resource<'DiagnosticReport'>): unknown {
  const results = (report.result ?? []).flatMap(
    (reference) => bundle.resolve('Observation', reference) ?? [],
  );
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [report, ...results].map((resource) => ({ resource })),
  };
}

function planClaim(
  bundle: Bundle,
  claim: Resource<'Claim'>,
  home: string,
  care: readonly string[],
): PlannedClaim {
  const organisation = bundle.resolve('Organization', claim.provider);
  const coverage = claim.insurance?.[0]?.coverage.display;
  const total = Math.round(claim.total.value * 100);
  const priced = claim.item.map((item) => Math.round((item.net?.value ?? 0) * 100));
  // Synthea prices the visit or the medicine (the first item, without a net) only through the total.
  const rest = total - priced.reduce((sum, amount) => sum + amount, 0);
  return {
    provider: organisation ? place(organisation, care) : home,
    coverage: coverage === undefined || coverage === NOT_INSURED ? undefined : coverage,
    serviceDate: claim.billablePeriod.start.slice(0, 10),
    currency: claim.total.currency,
    diagnoses: (claim.diagnosis ?? []).flatMap(
      (diagnosis) => bundle.resolve('Condition', diagnosis.diagnosisReference)?.code.coding[0]?.code ?? [],
    ),
    lines: claim.item.map((item, index) => ({
      number: item.sequence,
      system: item.productOrService.coding[0]?.system ?? '',
      code: item.productOrService.coding[0]?.code ?? '',
      amount: (priced[index] ?? 0) + (index === 0 ? rest : 0),
    })),
    total,
  };
}
