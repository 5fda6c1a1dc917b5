import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Reference = z.looseObject({ reference: z.string() });
const Coding = z.looseObject({ system: z.string(), code: z.string(), display: z.string().optional() });
const CodeableConcept = z.looseObject({ coding: z.array(Coding).min(1) });

/** The parts of FHIR R4 resources that the story reads; everything else is kept as it came. */
const RESOURCES = {
  Patient: z.looseObject({ id: z.string() }),
  Organization: z.looseObject({
    id: z.string(),
    identifier: z.array(z.looseObject({ value: z.string() })).min(1),
  }),
  Practitioner: z.looseObject({ id: z.string() }),
  Encounter: z.looseObject({
    serviceProvider: Reference.optional(),
    participant: z.array(z.looseObject({ individual: Reference.optional() })).optional(),
  }),
  Observation: z.looseObject({ id: z.string() }),
  DiagnosticReport: z.looseObject({
    encounter: Reference.optional(),
    effectiveDateTime: z.string(),
    result: z.array(Reference).optional(),
  }),
  Immunization: z.looseObject({ encounter: Reference.optional(), occurrenceDateTime: z.string() }),
  Condition: z.looseObject({
    encounter: Reference.optional(),
    recordedDate: z.string(),
    code: CodeableConcept,
  }),
  MedicationRequest: z.looseObject({ encounter: Reference.optional(), authoredOn: z.string() }),
  Claim: z.looseObject({
    id: z.string(),
    provider: Reference,
    billablePeriod: z.looseObject({ start: z.string() }),
    insurance: z
      .array(z.looseObject({ coverage: z.looseObject({ display: z.string().optional() }) }))
      .optional(),
    diagnosis: z.array(z.looseObject({ diagnosisReference: Reference.optional() })).optional(),
    item: z
      .array(
        z.looseObject({
          sequence: z.number().int().positive(),
          productOrService: CodeableConcept,
          net: z.looseObject({ value: z.number().nonnegative() }).optional(),
        }),
      )
      .min(1),
    total: z.looseObject({ value: z.number().nonnegative(), currency: z.string() }),
  }),
};
type Shapes = typeof RESOURCES;
export type ResourceType = keyof Shapes;
export type Resource<T extends ResourceType> = z.infer<Shapes[T]> & { resourceType: T };

const Envelope = z.looseObject({
  resourceType: z.literal('Bundle'),
  entry: z.array(
    z.looseObject({
      fullUrl: z.string(),
      resource: z.looseObject({ resourceType: z.string(), id: z.string() }),
    }),
  ),
});

/** One FHIR R4 bundle with its resources by type and by the URL that references name. */
export class Bundle {
  private readonly byUrl = new Map<string, unknown>();
  private readonly byType = new Map<string, unknown[]>();

  /**
   * @param name the file it came from, for messages.
   * @throws Error naming the resource and field that is missing or malformed.
   */
  constructor(
    readonly name: string,
    content: unknown,
  ) {
    for (const { fullUrl, resource } of parse(Envelope, content, 'Bundle').entry) {
      const shape: z.ZodType | undefined = RESOURCES[resource.resourceType as ResourceType];
      if (shape) parse(shape, resource, `${resource.resourceType}/${resource.id}`);
      this.byUrl.set(fullUrl, resource);
      const peers = this.byType.get(resource.resourceType);
      if (peers) peers.push(resource);
      else this.byType.set(resource.resourceType, [resource]);
    }
  }

  all<T extends ResourceType>(type: T): Resource<T>[] {
    return (this.byType.get(type) ?? []) as Resource<T>[];
  }

  /** @returns undefined where the bundle does not hold the resource, or holds one of another type. */
  resolve<T extends ResourceType>(
    type: T,
    reference: { reference: string } | undefined,
  ): Resource<T> | undefined {
    const found = reference && (this.byUrl.get(reference.reference) as { resourceType: string } | undefined);
    return found?.resourceType === type ? (found as Resource<T>) : undefined;
  }
}

function parse<S extends z.ZodType>(shape: S, value: unknown, what: string): z.infer<S> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${what}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}

export interface LoadedBundles {
  bundles: Bundle[];
  /** Files that are no FHIR bundle: named and left out, the rest goes on. */
  skipped: { file: string; reason: string }[];
}

/** Reads every `*.json` file of a folder in name order. @throws where the folder cannot be read. */
export async function loadBundles(folder: string): Promise<LoadedBundles> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const loaded: LoadedBundles = { bundles: [], skipped: [] };
  for (const file of files) {
    try {
      loaded.bundles.push(new Bundle(file, JSON.parse(await readFile(join(folder, file), 'utf8'))));
    } catch (error) {
      loaded.skipped.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return loaded;
}
