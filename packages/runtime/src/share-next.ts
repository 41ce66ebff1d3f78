/** One measurement at a time, however many ask: for answers that must not be older than the question. */

/**
 * A caller that asks while a measurement is under way shares the next one: one that has begun may be older than what was sent
 * before the question. One at a time is enough whatever the load.
 *
 * @param measure never rejects
 */
export function shareNext<T>(measure: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const begin = (): Promise<T> => {
    const measurement = measure();
    underWay = measurement;
    const settle = (): void => {
      if (underWay === measurement) underWay = null;
    };
    void measurement.then(settle, settle);
    return measurement;
  };
  return () => {
    if (underWay === null) return begin();
    next ??= underWay.then(() => {
      next = null;
      return begin();
    });
    return next;
  };
}
