/** The embedded server with statistics by statement, which its build from npm ships. They cost it 1 to 2 % of CPU. */
export const statisticsSettings: Record<string, string> = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '2000',
  'pg_stat_statements.track_planning': 'on',
};
