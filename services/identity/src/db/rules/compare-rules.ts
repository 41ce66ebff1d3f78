/** What a version in work changes: identifier by identifier, and what that means for profiles. */
import type { PoolClient } from 'pg';
import type { RulesReport } from './rulesets.ts';

const zeroId = '00000000-0000-0000-0000-000000000000';
const maxExamples = 20;
const maxOthers = 10;

/** Writes down the next identifiers that are in another profile; returns the last that was looked at, null at the end. */
export async function insertRulesChanges(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<string | null> {
  const { rows } = await client.query<{ last: string | null; seen: number }>(
    `with page as materialized (select id, root, touchpoint_count from identity.identifier where id > $1 order by id limit $2),
     changed as (
       insert into identity.rules_change (identifier, former, current, touchpoints)
       select page.id, root.profile, coalesce(draft_root.profile, page.id), page.touchpoint_count
       from page join identity.identifier root on root.id = page.root
       left join identity.draft_identifier draft on draft.id = page.id
       left join identity.draft_identifier draft_root on draft_root.id = draft.root
       where root.profile <> coalesce(draft_root.profile, page.id)
       on conflict do nothing)
     select max(id::text) as last, count(*)::integer as seen from page`,
    [after ?? zeroId, limit],
  );
  const [row] = rows;
  return row === undefined || row.seen < limit ? null : row.last;
}

/**
 * Profiles that part are those whose identifiers are in several afterwards, and profiles that join those whose identifiers come
 * from several. A founder that stays has others with it that are not written down.
 */
export async function findRulesReport(client: PoolClient): Promise<RulesReport> {
  const { rows } = await client.query<Omit<RulesReport, 'examples'>>(
    `select count(*)::integer as identifiers, coalesce(sum(touchpoints), 0)::integer as touchpoints,
       (select count(*)::integer from (${several('current', 'former')}) as joined) as "profilesJoined",
       (select count(*)::integer from (${several('former', 'current')}) as parted) as "profilesParted"
     from identity.rules_change`,
  );
  const counts = rows[0] ?? { identifiers: 0, touchpoints: 0, profilesJoined: 0, profilesParted: 0 };
  const examples = [
    ...(await findExamples(client, 'joined', several('current', 'former'))),
    ...(await findExamples(client, 'parted', several('former', 'current'))),
  ];
  return { ...counts, examples };
}

type Side = 'former' | 'current';

/** Profiles on one side with all those on the other side that their identifiers are in. */
function several(side: Side, other: Side): string {
  const stays = `not exists (select from identity.rules_change f where f.identifier = c.${side})`;
  return `select c.${side} as profile, count(distinct c.${other}) + (case when ${stays} then 1 else 0 end) as profiles
    from identity.rules_change c group by c.${side} having count(distinct c.${other}) + (case when ${stays} then 1 else 0 end) > 1`;
}

async function findExamples(
  client: PoolClient,
  kind: 'joined' | 'parted',
  profiles: string,
): Promise<RulesReport['examples']> {
  const [side, other]: [Side, Side] = kind === 'joined' ? ['current', 'former'] : ['former', 'current'];
  const { rows } = await client.query<{ profile: string; others: string[] }>(
    `select p.profile, array(select distinct c.${other}::text from identity.rules_change c where c.${side} = p.profile
         order by 1 limit ${maxOthers}) as others
     from (${profiles} order by 1 limit ${maxExamples}) as p`,
  );
  return rows.map((row) => ({ kind, ...row }));
}

/** At most `limit` of the identifiers that would be in another profile, by id. */
export async function findChangedIdentifiers(
  client: Pick<PoolClient, 'query'>,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ identifier: string }>(
    'select identifier from identity.rules_change order by identifier limit $1',
    [limit],
  );
  return rows.map(({ identifier }) => identifier);
}
