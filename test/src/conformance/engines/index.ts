import type { Engine } from '../network.js';

const ENGINES: Readonly<Record<string, () => Promise<Engine>>> = {
  embedded: async () => (await import('./medaccord.js')).medaccordEngine('embedded'),
  fabric: async () => (await import('./medaccord.js')).medaccordEngine('fabric'),
};

/** The engine that `MEDACCORD_ENGINE` names; the embedded ledger where it names none. @throws Error. */
export async function selectedEngine(asked?: string): Promise<Engine> {
  const name = asked ?? process.env['MEDACCORD_ENGINE'] ?? 'embedded';
  const load = ENGINES[name];
  if (load === undefined) {
    throw new Error(`MEDACCORD_ENGINE=${name}: there is no such engine (${Object.keys(ENGINES).join(', ')})`);
  }
  return load();
}
