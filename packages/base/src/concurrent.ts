// Bounded concurrency. There is no unbounded Promise.all over user-sized lists anywhere else.

/**
 * Runs `work` for every item, at most `limit` at a time, and resolves to the results in the order of `items`.
 * The first failure stops new work, waits for what is under way, and is thrown.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<R[]> {
  const results: R[] = Array.from({ length: items.length });
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const lane = async () => {
    while (next < items.length && failure === undefined) {
      const index = next++;
      try {
        options.signal?.throwIfAborted();
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, lane));
  if (failure !== undefined) throw failure.error;
  return results;
}
