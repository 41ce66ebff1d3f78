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
  lifecycle:
    'Identified profiles that had the activity in the period: for the first time (new), also in the period before (returning), ' +
    'or again after a break (resurrecting); dormant had it in the period before and not in this one.',
  stickiness:
    'How often identified profiles with the activity have it: the share of those active within the window that are active on ' +
    'the day, or the share of the days of a calendar period on which those active in it are, on average.',
  cohorts:
    'Identified profiles by the period in which they had the start activity, for the first time or each time, and how many of ' +
    'them had the activity in each period after it.',
  stages:
    'Identified profiles by the stage of their latest stage-bearing touchpoint at the end of the day, or lapsed without ' +
    'recent engagement.',
  stageFlows:
    'Identified profiles that are in the stage at the end of the day and were not at the end of the day before (entries), or ' +
    'the other way round (exits).',
  stageTransitions:
    'Days of identified profiles on which they ended in another stage than the day before, summed over the days asked for.',
  stageDwell:
    'Days that identified profiles stayed in a stage, of the spells that ended on the days asked for; spells that were still ' +
    'running at the end are counted apart.',
  funnel:
    'Identified profiles by the day on which they first reached the first step, and of them those that reached each next ' +
    'step strictly later than the one before and within the window from the first.',
  channelTransitions:
    'Days of identified profiles whose latest stage-bearing touchpoint came on another channel than that of their day with ' +
    'one before, summed over the days asked for.',
  experience:
    'Scores of the feedback of all profiles on the days asked for: NPS (share of 9 and 10 less share of 0 to 6, of 10), CSAT ' +
    '(share of 4 and 5, of 5, and mean) and CES (mean, of 7).',
  sentiment:
    'Touchpoints of identified profiles that carry a sentiment, by name and channel, and the share of them after which the ' +
    'profile had no stage-bearing touchpoint within the days of a lapse.',
  journey:
    'What one profile did up to the end of the day: its stage, its purchases and their days, and when it would count as ' +
    'churned for each activity and window.',
  sales:
    'Transactions of all profiles by the day of the sale, each counted once and none that was voided; refunds, negative, by ' +
    'the day of the refund.',
  explain:
    'The profiles that are counted in the figure on the day; of sales what each identifier bought and gave back.',
  value:
    'Identified profiles with a sale by the end of the last closed day, by class: A are the first whose net revenue comes to 80 % of ' +
    'all, B the next up to 95 %, C the others.',
  spend:
    'What was spent on channels and campaigns from the first day to the last, by the first activities of identified profiles on ' +
    'these days; null without any.',
  rfm:
    'Identified profiles with a sale by the end of the last closed day, by segments of three scores from 1 to 5: recency of the last ' +
    'sale, number of sales, net revenue.',
  atRisk:
    'Identified profiles that are active today and will not be within the days asked for, unless they have the activity again.',
} as const;
