/** What a version in work changes: identifier by identifier, and what that means for profiles. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { RulesReport } from './rulesets.ts';

const zeroId = '00000000-0000-0000-0000-000000000000';
const maxExamples = 20;
const maxOthers = 10;

/** Writes down the next identifiers that are in another profile; returns the last that was looked at, null at the end. */
export async function insertRulesChanges(
  client: PoolClient,
  after: string | null,
  { limit, rename }: { limit: number; rename: (ids: readonly string[]) => Promise<Map<string, string>> },
): Promise<string | null> {
  const { rows } = await client.query<{ id: string; profile: string }>(
    `select page.id, root.profile from (select id, root from identity.identifier where id > $1 order by id limit $2) as page
     join identity.identifier root on root.id = page.root order by page.id`,
    [after ?? zeroId, limit],
  );
  const renamed = await rename(rows.flatMap(({ id, profile }) => [id, profile]));
  await client.query(
    `insert into identity.rules_change as c (identifier, live, former, current, touchpoints)
     select distinct on (found.identifier) found.* from (
       select coalesce(own.id, other.id, page.live) as identifier, page.live, page.former,
         coalesce(root.profile, page.other) as current, live.touchpoint_count
       from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as page (live, former, other)
       join identity.identifier live on live.id = page.live
       left join identity.draft_identifier own on own.id = page.live
         and (own.first_seen_at is not null or page.other = page.live)
       left join identity.draft_identifier other on other.id = page.other and own.id is null
       left join identity.draft_identifier root on root.id = coalesce(own.root, other.root)) as found
     where found.former <> found.current order by found.identifier, found.live
     on conflict do nothing`,
    [
      uuidArray(rows.map(({ id }) => id)),
      uuidArray(rows.map(({ profile }) => renamed.get(profile) ?? profile)),
      uuidArray(rows.map(({ id }) => renamed.get(id) ?? id)),
    ],
  );
  return rows.length < limit ? null : (rows.at(-1)?.id ?? null);
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

/** At most `limit` of the identifiers that would be in another profile, by id; `live` is what they are called now. */
export async function findChangedIdentifiers(
  client: Pick<PoolClient, 'query'>,
  limit: number,
): Promise<{ identifier: string; live: string }[]> {
  const { rows } = await client.query<{ identifier: string; live: string }>(
    'select identifier, live from identity.rules_change order by identifier limit $1',
    [limit],
  );
  return rows;
}
