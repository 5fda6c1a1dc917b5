const SAID = Symbol.for('medaccord: no programs of Fabric');

/** Are Fabric's programs found here, as `up` finds them, but without downloading? Where not, one line says why. */
export async function hasFabric() {
  try {
    const [{ config }, { obtainBinaries }] = await Promise.all([
      import('./network/dist/config.js'),
      import('./network/dist/fabric/obtain-binaries.js'),
    ]);
    await obtainBinaries({ places: config.fabric, ...config.fabricRelease, url: 'none' });
    return true;
  } catch (error) {
    // Vitest reads its configuration once for each project.
    if (!globalThis[SAID]) process.stderr.write(`Nothing is tested on real Fabric: ${error.message}\n`);
    globalThis[SAID] = true;
    return false;
  }
}

/** What tests of both engines read: test/src/consortium/engines.ts. */
export function enginesHere(isFabricHere) {
  return { MEDACCORD_ENGINES_HERE: isFabricHere ? 'embedded fabric' : 'embedded' };
}
