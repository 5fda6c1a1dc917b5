import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { openCast } from './cast.js';
import { report } from './report.js';
import { runStory } from './story.js';

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1');
  return number;
}

const program = new Command('story')
  .description('Drive a running consortium through its main job, over REST alone, with FHIR R4 bundles')
  .option('--data <dir>', 'folder of FHIR R4 bundles (default: generated ones)')
  .option('--home <dir>', 'home of the running consortium', '.medaccord')
  .option('--patients <n>', 'at most so many patients', positive)
  .option('--concurrency <n>', 'requests in flight', positive, 32)
  .option('--json <file>', 'write the figures there')
  .addHelpText(
    'after',
    '\nStart the consortium first: npm start\nExample: npm run story -- --data ./bundles --patients 5',
  )
  .action(
    async (options: {
      data?: string;
      home: string;
      patients?: number;
      concurrency: number;
      json?: string;
    }) => {
      const cast = await openCast(options.home, options.concurrency);
      try {
        const figures = await runStory(cast, { ...options, progress: process.stderr });
        process.stdout.write(`${report(figures)}\n`);
        if (options.json) await writeFile(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
      } finally {
        cast.close();
      }
    },
  );

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`story: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
