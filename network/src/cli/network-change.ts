import type { NetworkChange } from '../change/index.js';
import { printJson, printLine, printNote } from './output.js';
import { formatPlan } from './plan-text.js';

/** Prints what a change would be, or does it with a line about each thing that was done. */
export async function runNetworkChange(
  change: NetworkChange,
  { dryRun, json, done }: { readonly dryRun: boolean; readonly json: boolean; readonly done: string },
): Promise<void> {
  if (dryRun) {
    const plan = await change.plan();
    if (json) printJson({ plan });
    else printLine(formatPlan(plan));
    return;
  }
  const steps: string[] = [];
  await change.carryOut((text) => {
    steps.push(text);
    printNote(`✓ ${text}`);
  });
  if (json) printJson({ done: steps });
  else printLine(done);
}
