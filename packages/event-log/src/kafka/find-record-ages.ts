/**
 * How old records are, found without reading them. kafkajs has no fetch of a single record outside a consumer, but
 * brokers find by their time index where the records of an instant begin: the age is searched for. A record of less
 * than a second takes one question, one of a day 17 and a few; all partitions of a topic share the questions.
 */

export interface SoughtRecord {
  partition: number;
  offset: number;
}

const firstAgeMs = 1_000;
/** Longer than records are kept: 97 days. */
const longestAgeMs = firstAgeMs * 2 ** 23;
const precision = 1.1;

/**
 * `offsetsAt(ageMs)` gives, by partition, the offset of the first record that is at most that old, or the end. The ages
 * are in milliseconds and rounded down: 0 for less than a second, then by a tenth at most.
 */
export async function findRecordAges<T extends SoughtRecord>(
  offsetsAt: (ageMs: number) => Promise<ReadonlyMap<number, number>>,
  records: readonly T[],
): Promise<Map<T, number>> {
  const asked = new Map<number, ReadonlyMap<number, number>>();
  const isOlderThan = async ({ partition, offset }: T, ageMs: number): Promise<boolean> => {
    const found = asked.get(ageMs) ?? (await offsetsAt(ageMs));
    asked.set(ageMs, found);
    return (found.get(partition) ?? 0) > offset;
  };
  const ages = new Map<T, number>();
  for (const record of records) {
    let atLeast = 0;
    let atMost = firstAgeMs;
    while (atMost < longestAgeMs && (await isOlderThan(record, atMost))) {
      atLeast = atMost;
      atMost *= 2;
    }
    while (atLeast > 0 && atMost > atLeast * precision) {
      const between = Math.round(Math.sqrt(atLeast * atMost));
      if (await isOlderThan(record, between)) atLeast = between;
      else atMost = between;
    }
    ages.set(record, atLeast);
  }
  return ages;
}
