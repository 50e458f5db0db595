/**
 * Runs `work` for each item, at most `atOnce` at a time, and requests an item only when it can start on it.
 *
 * @throws the first failure, of the work or of the items, after all running work has ended.
 */
export async function forEachAtOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const iterator = iterate(items);
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    try {
      for (let next = await iterator.next(); !next.done && failures.length === 0; next = await iterator.next()) await work(next.value);
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  await iterator.return(undefined);
  if (failures.length > 0) throw failures[0];
}

/** Yields each item to the worker that requested it first: all workers share one iterator. */
async function* iterate<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* items;
  return undefined;
}
