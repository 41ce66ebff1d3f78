/** On which closed days a delta with a reason changed its series, or a cell of it: where the running sum of its amounts is not zero. */

/**
 * @param placed name of a relation of deltas, those with cells by cell, with the `closed_through` of their epoch
 * @returns a query of id, series, cell, epoch, cause, reason and days (int4range), a row for each span
 */
export function reasonSpans(placed: string): string {
  return `
    select ${placed}.id, series, cell, epoch, cause, reason,
           int4range(walk.day, least(walk.next_day, closed_through + 1)) as days
    from ${placed} cross join lateral (
      select day, lead(day) over (order by day) as next_day, sum(amount) over (order by day) as change
      from unnest(${placed}.days, ${placed}.amounts) as cell (day, amount)) as walk
    where reason is not null and walk.change <> 0 and walk.day <= closed_through`;
}
