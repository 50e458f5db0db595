import { CATALOGUE } from '../controls/catalogue.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { type PlanDocument, planFixes } from '../core/remediation/plan/plan-document.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { paint } from '../reporting/lines.ts';
import { planLines } from '../reporting/plan.ts';
import { EXIT, UsageError } from './exit.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, canvasOf, write, writeJson } from './io.ts';
import { feedAll } from './replay.ts';
import type { CollectOptions } from './scan.ts';
import { readSettings } from './settings-option.ts';

export interface RemediateOptions extends CollectOptions {
  /** Required, because only a deployment remediates anything. */
  readonly plan?: boolean;
  readonly json?: boolean;
}

/** Shows what a deployment would remediate, from recorded evidence or from a scan. Changes nothing. */
export async function remediate(paths: readonly string[], options: RemediateOptions, io: CliIo): Promise<number> {
  if (!options.plan) {
    throw new UsageError(
      '--plan is missing: csmm remediate only prints a plan. Fix: pass --plan. To run the plan, deploy remediation (docs/remediation.md)',
    );
  }
  if (paths.length === 0) {
    const { collect } = await import('./scan.ts');
    return collect(options, io, async ({ pipeline, settings, log }) => {
      const hasScore = await show(pipeline, settings, options, io);
      return log.isComplete && hasScore ? EXIT.ok : EXIT.unread;
    });
  }
  assertNoScope(options);
  const settings = await readSettings(options, io);
  const pipeline = inProcessPipeline(CATALOGUE, settings);
  const { scans } = await feedAll(paths, pipeline, { quiet: options.quiet ?? false }, io);
  const hasScore = await show(pipeline, settings, options, io);
  const isComplete = pipeline.counts.rejected === 0 && scans.interrupted.length === 0 && (await scans.failures(pipeline)).isComplete;
  return isComplete && hasScore ? EXIT.ok : EXIT.unread;
}

/** Options that only a scan uses. */
const SCOPE = {
  profile: '--profile',
  regions: '--regions',
  accounts: '--accounts',
  organization: '--organization',
  roleName: '--role-name',
  externalId: '--external-id',
} as const satisfies Partial<Record<keyof CollectOptions, string>>;

/** @throws UsageError if an option chooses what to scan although recorded evidence is given. */
function assertNoScope(options: RemediateOptions): void {
  for (const [name, flag] of Object.entries(SCOPE)) {
    if (options[name as keyof typeof SCOPE] === undefined) continue;
    throw new UsageError(`${flag} has no effect on recorded evidence. Fix: remove ${flag}, or remove the path to scan your accounts`);
  }
}

/** Prints the plan. Returns whether there is something to score. */
async function show(
  pipeline: InProcessPipeline,
  settings: SettingsDocument | undefined,
  { json }: RemediateOptions,
  io: CliIo,
): Promise<boolean> {
  const plan: PlanDocument = await planFixes(await pipeline.result(), {
    store: pipeline.store,
    catalogue: CATALOGUE,
    remedies: REMEDIES,
    ...(settings?.remediation && { remediation: settings.remediation }),
  });
  const canvas = canvasOf(io.stdout, io.env);
  await (json ? writeJson(io.stdout, plan) : write(io.stdout, paint(planLines(plan, canvas), canvas)));
  return plan.score.before !== null;
}
