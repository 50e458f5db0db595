import { CATALOGUE } from '../controls/catalogue.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { type PlanDocument, planFixes } from '../core/remediation/plan/plan-document.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { paint } from '../reporting/lines.ts';
import { planLines } from '../reporting/plan.ts';
import { EXIT, UsageError } from './exit.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, canvasOf, write } from './io.ts';
import { feedAll } from './replay.ts';
import type { ScanOptions } from './scan.ts';
import { readSettings } from './settings-option.ts';

export interface RemediateOptions extends ScanOptions {
  /** Nothing else is offered: only a deployment puts anything right. */
  readonly plan?: boolean;
}

/** Shows what a deployment would put right, of recorded evidence or of a scan that is made for it. Changes nothing. */
export async function remediate(paths: readonly string[], options: RemediateOptions, io: CliIo): Promise<number> {
  if (!options.plan) {
    throw new UsageError(
      'give --plan: from here nothing is changed. A deployment puts right what its csmm.yaml allows: docs/remediation.md',
    );
  }
  const settings = await readSettings(options.settings, io);
  if (paths.length === 0) {
    const { scan } = await import('./scan.ts');
    return scan(options, io, ({ pipeline }) => show(pipeline, settings, options, io));
  }
  const pipeline = inProcessPipeline(CATALOGUE, settings);
  await feedAll(paths, pipeline, {}, io);
  await show(pipeline, settings, options, io);
  return pipeline.counts.rejected > 0 ? EXIT.unread : EXIT.ok;
}

async function show(
  pipeline: InProcessPipeline,
  settings: SettingsDocument | undefined,
  { json }: RemediateOptions,
  io: CliIo,
): Promise<void> {
  const plan: PlanDocument = await planFixes(await pipeline.result(), {
    store: pipeline.store,
    catalogue: CATALOGUE,
    remedies: REMEDIES,
    ...(settings?.remediation && { remediation: settings.remediation }),
  });
  const canvas = canvasOf(io.stdout, io.env);
  await write(io.stdout, json ? `${JSON.stringify(plan, null, 2)}\n` : paint(planLines(plan, canvas), canvas));
}
