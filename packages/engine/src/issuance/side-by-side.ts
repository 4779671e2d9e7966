// Work that goes on side by side and stops together.

/**
 * Runs all of `works` at once; the first failure aborts the signal of the others. Rejects with that failure after all have
 * come to rest, so that whatever is taken back next has no rival.
 */
export async function sideBySide(works: readonly ((signal: AbortSignal) => Promise<void>)[], outer: AbortSignal | undefined): Promise<void> {
  const failed = new AbortController();
  const signal = outer === undefined ? failed.signal : AbortSignal.any([outer, failed.signal]);
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    works.map(async (work) => {
      try {
        await work(signal);
      } catch (error) {
        failure ??= { error };
        failed.abort(error);
      }
    }),
  );
  if (failure !== undefined) throw failure.error;
}
