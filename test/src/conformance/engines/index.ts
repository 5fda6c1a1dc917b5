import type { Engine } from '../network.js';

const ENGINES: Readonly<Record<string, () => Promise<Engine>>> = {
  embedded: async () => (await import('./embedded.js')).embeddedEngine,
  fabric: async () => (await import('./fabric.js')).fabricEngine,
};

/** The engine that `MEDACCORD_ENGINE` names; the embedded ledger where it names none. @throws Error. */
export async function selectedEngine(name = process.env['MEDACCORD_ENGINE'] ?? 'embedded'): Promise<Engine> {
  const load = ENGINES[name];
  if (load === undefined) {
    throw new Error(`MEDACCORD_ENGINE=${name}: there is no such engine (${Object.keys(ENGINES).join(', ')})`);
  }
  return load();
}
