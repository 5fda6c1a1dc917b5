import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument, type Document } from 'yaml';

const TOPOLOGY = fileURLToPath(new URL('../../../config/topology.yaml', import.meta.url));
/** One caller asks for what a whole hospital asks for. */
const LIMITS = { requestsPerMinute: 1_000_000, concurrent: 450 };

/**
 * The default topology, but its gateways take more of one caller than people send.
 * @param change what else is different
 * @returns the file, in `folder`.
 */
export async function wideLimits(
  folder: string,
  change: (document: Document) => void = () => undefined,
): Promise<string> {
  const document = parseDocument(await readFile(TOPOLOGY, 'utf8'));
  const { organisations } = document.toJS() as { organisations: readonly unknown[] };
  for (const index of organisations.keys()) {
    document.setIn(['organisations', index, 'gateway', 'limits'], LIMITS);
  }
  change(document);
  const file = join(folder, 'topology.yaml');
  await writeFile(file, document.toString());
  return file;
}
