import { createHash } from 'node:crypto';
import { Bundle } from './bundle.js';

/** UUID-like id that is the same in every run. */
function stableId(...parts: (string | number)[]): string {
  const hex = createHash('sha256').update(parts.join('/')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
const url = (id: string) => `urn:uuid:${id}`;
const ref = (id: string) => ({ reference: url(id) });
const concept = (system: string, code: string) => ({ coding: [{ system, code }] });

const SNOMED = 'http://snomed.info/sct';
const CONDITIONS = ['38341003', '44054006', '195967001', '10509002'];

/**
 * Small FHIR R4 bundles of people who do not exist, for machines without real test data: each a patient with two
 * visits (a report with two observations, an immunization, a condition, a prescription) and a claim a visit; every
 * fifth patient has no insurance. The same number gives the same bundles.
 */
export function generateBundles(patients: number): Bundle[] {
  return Array.from(
    { length: patients },
    (_, n) => new Bundle(`generated-${String(n + 1)}.json`, bundleContent(n)),
  );
}

/** Of the nth bundle: as the file of a real one would hold it. */
export function bundleContent(n: number) {
  const patient = stableId('patient', n);
  const resources: { resourceType: string; id: string }[] = [{ resourceType: 'Patient', id: patient }];
  for (const visit of [0, 1]) resources.push(...generateVisit(n, visit, patient));
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: resources.map((resource) => ({ fullUrl: url(resource.id), resource })),
  };
}

function generateVisit(n: number, visit: number, patient: string) {
  const id = (what: string) => stableId(what, n, visit);
  const organisation = stableId('organisation', (n + visit) % 7);
  const practitioner = stableId('practitioner', (n + visit) % 7);
  const day = new Date(Date.UTC(2020, (n * 3 + visit) % 12, 1 + (n % 28))).toISOString();
  const encounter = ref(id('encounter'));
  const subject = ref(patient);
  const observation = (what: string, code: string, value: number) => ({
    resourceType: 'Observation',
    id: id(what),
    status: 'final',
    code: concept('http://loinc.org', code),
    subject,
    encounter,
    effectiveDateTime: day,
    valueQuantity: { value, unit: 'mg/dL' },
  });
  return [
    { resourceType: 'Organization', id: organisation, identifier: [{ value: organisation }] },
    { resourceType: 'Practitioner', id: practitioner },
    {
      resourceType: 'Encounter',
      id: id('encounter'),
      status: 'finished',
      subject,
      participant: [{ individual: ref(practitioner) }],
      serviceProvider: ref(organisation),
    },
    observation('cholesterol', '2093-3', 150 + ((n * 7) % 80)),
    observation('glucose', '2339-0', 70 + ((n * 5) % 60)),
    {
      resourceType: 'DiagnosticReport',
      id: id('report'),
      status: 'final',
      code: concept('http://loinc.org', '57698-3'),
      subject,
      encounter,
      effectiveDateTime: day,
      result: [ref(id('cholesterol')), ref(id('glucose'))],
    },
    {
      resourceType: 'Immunization',
      id: id('immunization'),
      status: 'completed',
      vaccineCode: concept('http://hl7.org/fhir/sid/cvx', '140'),
      patient: subject,
      encounter,
      occurrenceDateTime: day,
    },
    {
      resourceType: 'Condition',
      id: id('condition'),
      code: concept(SNOMED, CONDITIONS[(n + visit) % CONDITIONS.length] ?? ''),
      subject,
      encounter,
      recordedDate: day,
    },
    {
      resourceType: 'MedicationRequest',
      id: id('medication'),
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: concept('http://www.nlm.nih.gov/research/umls/rxnorm', '316052'),
      subject,
      encounter,
      authoredOn: day,
    },
    {
      resourceType: 'Claim',
      id: id('claim'),
      status: 'active',
      use: 'claim',
      patient: subject,
      provider: ref(organisation),
      billablePeriod: { start: day, end: day },
      diagnosis: [{ sequence: 1, diagnosisReference: ref(id('condition')) }],
      insurance: [
        { sequence: 1, focal: true, coverage: { display: n % 5 === 0 ? 'no_insurance' : 'private' } },
      ],
      item: [
        { sequence: 1, productOrService: concept(SNOMED, '185345009'), encounter: [encounter] },
        {
          sequence: 2,
          productOrService: concept(SNOMED, '127783003'),
          net: { value: 140.52, currency: 'USD' },
        },
      ],
      total: { value: 265.52 + n, currency: 'USD' },
    },
  ];
}
