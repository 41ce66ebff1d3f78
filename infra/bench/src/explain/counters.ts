/** Counters that only grow, by name: what happened in between is the difference of two readings. */
export type Counters<Field extends string> = ReadonlyMap<string, Readonly<Record<Field, number>>>;

/** Rows that did not change are left out. */
export function differenceOf<Field extends string>(
  after: Counters<Field>,
  before: Counters<Field>,
): Counters<Field> {
  const changed = [...after].flatMap(([name, now]): [string, Record<Field, number>][] => {
    const then = before.get(name);
    const fields = Object.keys(now) as Field[];
    const difference = Object.fromEntries(
      fields.map((field) => [field, now[field] - (then?.[field] ?? 0)]),
    ) as Record<Field, number>;
    return fields.some((field) => difference[field] !== 0) ? [[name, difference]] : [];
  });
  return new Map(changed);
}
