import { cpus, loadavg } from 'node:os';

/** The lines printed so far: what `--write` puts into docs/benchmarks.md. */
const printed: string[] = [];
/** Why parts were left out. The bench writes no figures if a part is in it. */
const skipped: string[] = [];

function print(line: string): void {
  printed.push(line);
  console.log(line);
}

/** Prints on what the figures were measured. */
export function machine(): void {
  const load = loadavg()[0]?.toFixed(1);
  print(
    `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${load}`,
  );
}

/** Prints a titled table, and under the title what its figures mean. */
export function table(title: string, meaning: string, rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<number[]>((widths, row) => row.map((cell, column) => Math.max(widths[column] ?? 0, cell.length)), []);
  for (const line of ['', title, ...wrapped(meaning, 110)]) print(line);
  for (const row of rows) print(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function wrapped(text: string, columns: number): string[] {
  return text.match(new RegExp(`.{1,${columns}}(?= |$)`, 'g'))?.map((line) => `  # ${line.trim()}`) ?? [];
}

export function skip(part: string, reason: string): void {
  skipped.push(`${part}: ${reason}`);
  console.log(`\nSKIPPED ${part}: ${reason}`);
}

/** @throws Error if a part was skipped: a document must not mix two runs. */
export function figures(): string {
  if (skipped.length > 0) throw new Error(`nothing was written, as parts were skipped: ${skipped.join('; ')}`);
  return printed.join('\n');
}

/** A figure cannot be right: the two sides did not do the same work, or did none. */
export class ImplausibleError extends Error {
  override readonly name = 'ImplausibleError';
}

/** @throws ImplausibleError unless `isPlausible` */
export function expectThat(isPlausible: boolean, what: string): void {
  if (!isPlausible) throw new ImplausibleError(`the figure is wrong: ${what}`);
}

/** Time that a piece of work took, in seconds. */
export interface Cost {
  /** Of this process on all processors, garbage collector and compiler included. */
  readonly processor: number;
  readonly elapsed: number;
}

/** Work to measure. It may return a check of its outcome, which is not measured. */
type Work = () => void | Promise<void> | Promise<() => void>;

/** Measures a piece of work, after a full collection so that no side pays for the other's garbage. */
async function costOf(work: Work): Promise<Cost> {
  globalThis.gc?.();
  const [usage, start] = [process.cpuUsage(), performance.now()];
  const check = await work();
  const { user, system } = process.cpuUsage(usage);
  const cost = { processor: (user + system) / 1e6, elapsed: (performance.now() - start) / 1000 };
  check?.();
  return cost;
}

/**
 * Measures several pieces of work in turns, so that other load on the machine affects all alike. One round before the first
 * warms up: the compiler and the caches are then left out on every side.
 */
export async function inTurns<K extends string>(rounds: number, works: Readonly<Record<K, Work>>): Promise<Record<K, Cost>> {
  const names = Object.keys(works) as K[];
  const costs = new Map<K, Cost[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const cost = await costOf(works[name]);
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  const medians = names.map((name) => {
    const all = costs.get(name) ?? [];
    return [name, { processor: median(all.map(({ processor }) => processor)), elapsed: median(all.map(({ elapsed }) => elapsed)) }];
  });
  return Object.fromEntries(medians) as Record<K, Cost>;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Bytes in use after a full collection; needs --expose-gc. */
export function heapUsed(): number {
  if (!globalThis.gc) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
