-- The schema `reporting`: the figures as views for analysts and their tools, a contract with a version. Views read with the rights
-- of their owner, so a reader needs no right to anything else. Made where this role may create a schema, or owns one of this name
-- that was made for it; see infra/docs/reporting.md.

-- Changes of the series in use from day to day, folded or not.
create view {{schema}}.current_change as
  select series.id as series, series.figure, series.dimensions, change.day, change.amount
  from {{schema}}.generation
  join {{schema}}.series on series.generation = generation.id
  cross join lateral (
    select day, amount from {{schema}}.figure_day where figure_day.series = series.id
    union all
    select cell.day, cell.amount
    from {{schema}}.delta cross join lateral unnest(days, amounts) as cell (day, amount)
    where delta.series = series.id) as change
  where generation.state = 'current';

-- The days that views show: from the first change on to today in the reporting zone, of the last thirty years; and as many before
-- as the longest window has, since figures look back.
create view {{schema}}.reported_range as
  select range.first, range.first - setting.longest as start, setting.today
  from (
    select (now() at time zone time_zone)::date - date '1970-01-01' as today,
           (select max(length) from unnest(windows) as length) as longest
    from {{schema}}.generation where state = 'current') as setting
  cross join lateral (
    select greatest(
      least((select min(figure_day.day) from {{schema}}.figure_day), (select min(days[1]) from {{schema}}.delta), today),
      today - 10957) as first) as range;

-- Values of series by the end of each of these days. Without joins of what is computed: the planner has no statistics of that.
create view {{schema}}.current_value as
  select series, figure, dimensions, day,
         (sum(sum(amount)) over (partition by series order by day))::bigint as value
  from (
    select series.id as series, series.figure, series.dimensions, day, 0::bigint as amount
    from {{schema}}.generation
    join {{schema}}.series on series.generation = generation.id
    cross join {{schema}}.reported_range
    cross join lateral generate_series(reported_range.start, reported_range.today) as day
    where generation.state = 'current' and series.figure in ('first', 'active', 'retained', 'occupancy')
    union all
    select series, figure, dimensions, greatest(day, reported_range.start), amount
    from {{schema}}.current_change cross join {{schema}}.reported_range
    where figure in ('first', 'active', 'retained', 'occupancy') and day <= reported_range.today) as step
  group by series, figure, dimensions, day;

-- Cells of cohorts in use, folded or not, by the first day of the cohort's period: that many periods before the day of the cell.
create view {{schema}}.current_cohort as
  select cell.start_activity, cell.activity, cell.period, cell.mode, cell.bucket, cell.amount,
         case cell.period
           when 'month' then (date_trunc('month', cell.day) - cell.bucket * interval '1 month')::date
           when 'week' then cell.day - (extract(isodow from cell.day)::integer + 7 - cell.first_day_of_week) % 7 - 7 * cell.bucket
           else cell.day - cell.bucket end as cohort
  from (
    select dimensions ->> 'startActivity' as start_activity, dimensions ->> 'activity' as activity,
           dimensions ->> 'period' as period, substr(figure, 8) as mode, change.cell >> 7 as bucket, change.amount,
           date '1970-01-01' + change.day as day, (cohorts -> 'caps' ->> (dimensions ->> 'period'))::integer as cap,
           array_position(array['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], week_start)
             as first_day_of_week
    from {{schema}}.generation
    join {{schema}}.series on series.generation = generation.id and figure in ('cohort.first', 'cohort.recurring')
    cross join lateral (
      select day, cell, amount from {{schema}}.cohort_change where cohort_change.series = series.id
      union all
      select part.day, part.cell, part.amount
      from {{schema}}.delta cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)
      where delta.series = series.id) as change
    where generation.state = 'current' and change.day between -719162 and 2932896
    union all
    -- Sizes: first days, and of recurring cohorts also those of periods that profiles came back in.
    select pair ->> 'startActivity', pair ->> 'activity', period, mode, 0, change.amount, date '1970-01-01' + change.day, 0,
           array_position(array['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], week_start)
    from {{schema}}.generation
    cross join lateral jsonb_array_elements(cohorts -> 'pairs') as pair
    cross join lateral jsonb_array_elements_text(pair -> 'modes') as mode
    cross join unnest(array['day', 'week', 'month']) as period
    join {{schema}}.current_change as change
      on change.dimensions ->> 'activity' = pair ->> 'startActivity'
      and (change.figure = 'first'
        or mode = 'recurring' and change.figure in ('returning', 'resurrecting') and change.dimensions ->> 'period' = period)
    where generation.state = 'current' and change.day between -719162 and 2932896) as cell
  where cell.bucket <= cell.cap;

do $reporting$
declare
  reader constant text := 'throughline_reporting';
begin
  if to_regnamespace('reporting') is null and has_database_privilege(current_database(), 'create') then
    create schema reporting;
  end if;
  if to_regnamespace('reporting') is null or not has_schema_privilege('reporting', 'create') then
    raise notice 'the schema reporting was not made: this role may not create it';
    return;
  end if;

  create or replace view reporting.contract as select 1 as version;

  create or replace view reporting.growth_daily as
    select activity, window_days, date '1970-01-01' + day as day, customers_at_start, active, retained,
           customers_at_start - retained as churned, newcomers as new, active - retained - newcomers as reactivated
    from (
      select activity, window_days, day, active, retained,
             lag(active, window_days, 0::bigint) over same as customers_at_start,
             first - lag(first, window_days, 0::bigint) over same as newcomers
      from (
        select activity, window_days, day,
               max(value) filter (where figure = 'active') as active,
               max(value) filter (where figure = 'retained') as retained,
               max(value) filter (where figure = 'first') as first
        from (
          select figure, dimensions ->> 'activity' as activity, day, value,
                 unnest(case figure when 'first' then generation.windows
                                    else array[(dimensions ->> 'window')::integer] end) as window_days
          from {{schema}}.current_value cross join {{schema}}.generation
          where figure in ('first', 'active', 'retained') and generation.state = 'current') as figures
        group by activity, window_days, day) as days
      window same as (partition by activity, window_days order by day)) as growth
    where day >= (select first from {{schema}}.reported_range);

  create or replace view reporting.churn_daily as
    select activity, window_days, day, customers_at_start, churned, retained,
           churned::double precision / nullif(customers_at_start, 0) as churn,
           retained::double precision / nullif(customers_at_start, 0) as retention
    from reporting.growth_daily;

  create or replace view reporting.stages_daily as
    select date '1970-01-01' + day as day, dimensions ->> 'stage' as stage, dimensions ->> 'relationship' as relationship,
           value as profiles
    from {{schema}}.current_value where figure = 'occupancy' and day >= (select first from {{schema}}.reported_range);

  create or replace view reporting.sales_daily as
    select date '1970-01-01' + day as day, nullif(dimensions ->> 'currency', '') as currency, dimensions ->> 'store' as store,
           dimensions ->> 'register' as register, dimensions ->> 'channel' as channel,
           coalesce(sum(amount) filter (where figure = 'sales.sales'), 0)::bigint as transactions,
           coalesce(sum(amount) filter (where figure = 'sales.refunds'), 0)::bigint as refund_transactions,
           coalesce(sum(amount) filter (where figure = 'sales.units'), 0) / 1000 as units,
           coalesce(sum(amount) filter (where figure = 'sales.revenue'), 0)::bigint as revenue,
           coalesce(sum(amount) filter (where figure = 'sales.refunded'), 0)::bigint as refunds,
           coalesce(sum(amount) filter (where figure in ('sales.revenue', 'sales.refunded')), 0)::bigint as net,
           coalesce(sum(amount) filter (where figure = 'sales.tax'), 0)::bigint as tax,
           coalesce(sum(amount) filter (where figure = 'sales.discount'), 0)::bigint as discount,
           coalesce(sum(amount) filter (where figure = 'sales.cost'), 0)::bigint as cost
    from {{schema}}.current_change
    where figure >= 'sales.' and figure < 'sales/' and day between -719162 and 2932896
    group by 1, 2, 3, 4, 5
    having bool_or(amount <> 0);

  create or replace view reporting.cohorts as
    select start_activity, activity, period, mode, cohort, size, bucket, profiles
    from (
      select start_activity, activity, period, mode, cohort, bucket, sum(amount)::bigint as profiles,
             coalesce(sum(sum(amount)) filter (where bucket = 0) over (
               partition by start_activity, activity, period, mode, cohort), 0)::bigint as size
      from {{schema}}.current_cohort
      group by start_activity, activity, period, mode, cohort, bucket) as cells
    where profiles <> 0;

  create or replace view reporting.restatements as
    select figure,
           case cell when 0 then dimensions
                     else dimensions || jsonb_build_object('bucket', cell >> 7, 'previous', cell & 127) end as dimensions,
           date '1970-01-01' + first_day as from_day, date '1970-01-01' + last_day as to_day,
           change, cause, changed_at
    from (
      select series.figure, series.dimensions, step.cell, epoch.quarter as changed_at, step.cause, step.day as first_day,
             least(lead(step.day) over same - 1, step.closed_through) as last_day,
             (sum(step.amount) over same)::bigint as change
      from (
        select series, cell, epoch, closed_through, cause, day, sum(amount) as amount
        from (
          select series, 0 as cell, epoch, closed_through, cause, day, amount
          from {{schema}}.figure_change where day <= closed_through
          union all
          select series, cell, epoch, closed_through, cause, day, amount
          from {{schema}}.cohort_change where day <= closed_through
          union all
          select delta.series, coalesce(part.cell, 0), delta.epoch, epoch.closed_through, delta.cause, part.day, part.amount
          from {{schema}}.delta
          join {{schema}}.epoch on epoch.generation = delta.generation and epoch.number = delta.epoch
          cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)
          where part.day <= epoch.closed_through) as change
        group by series, cell, epoch, closed_through, cause, day having sum(amount) <> 0) as step
      join {{schema}}.series on series.id = step.series
      join {{schema}}.generation on generation.id = series.generation and generation.state = 'current'
      join {{schema}}.epoch on epoch.generation = series.generation and epoch.number = step.epoch
      where step.epoch >= generation.first_epoch
      window same as (partition by step.series, step.cell, step.epoch, step.cause order by step.day)) as span
    where change <> 0 and first_day <= last_day and first_day >= -719162;

  create or replace view reporting.profiles as
    with current as (select id from {{schema}}.generation where state = 'current'),
    place as (
      select identifier.id, coalesce(root.profile, identifier.root) as profile, identifier.identifying
      from {{schema}}.identifier
      join current on current.id = identifier.generation
      left join {{schema}}.identifier as root on root.id = identifier.root and root.generation = identifier.generation)
    select place.profile, sold.currency, sum(sold.sales)::bigint as orders, sum(sold.refunds)::bigint as refund_orders,
           sum(sold.revenue)::bigint as revenue, sum(sold.refunded)::bigint as refunds,
           sum(sold.revenue + sold.refunded)::bigint as net, sum(sold.cost)::bigint as cost,
           date '1970-01-01' + min(sold.day) filter (where sold.sales > 0) as first_order,
           date '1970-01-01' + max(sold.day) filter (where sold.sales > 0) as last_order
    from {{schema}}.sales_day as sold
    join current on current.id = sold.generation
    join {{schema}}.definition on definition.id = sold.activity and definition.name = 'purchase'
    join place on place.id = sold.identifier
    join (select distinct profile from place where identifying) as identified on identified.profile = place.profile
    where not sold.is_attached and sold.currency <> '' and sold.day between -719162 and 2932896
    group by place.profile, sold.currency;

  comment on schema reporting is 'Figures for analysts: views that are kept as their contract says, see reporting.contract.';
  comment on view reporting.contract is 'The version of the views: raised when a column or its meaning changes.';
  comment on view reporting.growth_daily is 'Growth accounting by activity, window and day.';
  comment on view reporting.churn_daily is 'Churn and retention by activity, window and day; null without customers at the start.';
  comment on view reporting.stages_daily is 'Identified profiles by day, journey stage and relationship.';
  comment on view reporting.sales_daily is 'Transactions and amounts, in minor units, by day, currency, store, register and channel.';
  comment on view reporting.cohorts is 'Cohorts by their first day, and the profiles that came back, bucket by bucket; bucket 0 is the size.';
  comment on view reporting.restatements is 'By how much days that were closed were changed, when and why.';
  comment on view reporting.profiles is 'Identified profiles with sales, by currency; amounts in minor units.';

  -- A role without a login, for those who read: grant it to a login. Where it is missing and may not be made, it is left out.
  if not exists (select from pg_roles where rolname = reader) then
    begin
      execute format('create role %I nologin', reader);
    exception
      when insufficient_privilege then
        raise notice 'the role % was not made: this role may not create it', reader;
      -- Another database of the server was being migrated.
      when duplicate_object or unique_violation then null;
    end;
  end if;
  if exists (select from pg_roles where rolname = reader) then
    execute format('grant usage on schema reporting to %I', reader);
    execute format('grant select on all tables in schema reporting to %I', reader);
  end if;
end
$reporting$;
