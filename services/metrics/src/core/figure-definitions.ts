/** What each figure counts, in one sentence: a part of every answer. Formulas and edge cases are in infra/docs/figures.md. */
export const figureDefinitions = {
  growth:
    'Identified profiles that had the activity within the window that ends with the day (active): retained from those active ' +
    'a window before (customersAtStart, of which the others churned), new, or reactivated.',
  churn:
    'Share of the identified profiles that were active a window before the day (customersAtStart) and are not on the day; ' +
    'null without any.',
  retention:
    'Share of the identified profiles that were active a window before the day (customersAtStart) and are on the day; null ' +
    'without any.',
  stages:
    'Identified profiles by the stage of their latest stage-bearing touchpoint at the end of the day, or lapsed without ' +
    'recent engagement.',
  sales:
    'Transactions of all profiles by the day of the sale, each counted once and none that was voided; refunds, negative, by ' +
    'the day of the refund.',
  atRisk:
    'Identified profiles that are active today and will not be within the days asked for, unless they have the activity again.',
} as const;
