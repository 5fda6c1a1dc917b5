import { config } from '../config.js';
import { printNote } from './output.js';

const BAR_WIDTH = 30;
const MEGABYTE = 1_000_000;

/** Fabric's programs, downloaded where this machine has none, with a progress bar. @throws FabricError. */
export async function obtainFabric(anyVersion: boolean): Promise<void> {
  // Loaded here alone: the other engine needs none of it.
  const { obtainBinaries } = await import('../fabric/obtain-binaries.js');
  const bar = process.stderr.isTTY ? redrawn() : lines();
  try {
    await obtainBinaries({
      places: config.fabric,
      ...config.fabricRelease,
      anyVersion,
      progress: bar.show,
    });
  } finally {
    bar.end();
  }
}

interface Bar {
  show(bytes: number, total: number | undefined): void;
  end(): void;
}

function redrawn(): Bar {
  let shown = '';
  return {
    show: (bytes, total) => {
      const text = progressText(bytes, total);
      if (text !== shown) process.stderr.write(`\r\u001b[K${text}`);
      shown = text;
    },
    end: () => {
      if (shown !== '') process.stderr.write('\n');
    },
  };
}

/** One line for each tenth: a log is no place for a bar. */
function lines(): Bar {
  let tenths = -1;
  return {
    show: (bytes, total) => {
      const now =
        total === undefined ? Math.floor(bytes / (10 * MEGABYTE)) : Math.floor((10 * bytes) / total);
      if (now > tenths) printNote(progressText(bytes, total));
      tenths = Math.max(now, tenths);
    },
    end: () => undefined,
  };
}

/** `Fabric's programs: [=====>    ] 45 %, 56 of 125 MB`. */
export function progressText(bytes: number, total: number | undefined): string {
  const megabytes = (count: number): string => (count / MEGABYTE).toFixed(0);
  if (total === undefined) return `Fabric's programs: ${megabytes(bytes)} MB`;
  const done = Math.min(1, bytes / total);
  const full = '='.repeat(Math.floor(done * BAR_WIDTH));
  const bar = full.padEnd(BAR_WIDTH);
  return `Fabric's programs: [${bar}] ${(done * 100).toFixed(0)} %, ${megabytes(bytes)} of ${megabytes(total)} MB`;
}
