/** Changes of the row of `series`, folded and not yet folded, after the day $2 and up to the day $3: without what came before. */
export const seriesChangesAfter = `
  select day, amount from metrics.figure_day where figure_day.series = series.id and day > $2 and day <= $3
  union all
  select cell.day, cell.amount
  from metrics.delta cross join lateral unnest(days, amounts) as cell (day, amount)
  where delta.series = series.id and cell.day > $2 and cell.day <= $3`;
