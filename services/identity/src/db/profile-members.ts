/**
 * Who is in a profile, as common table expressions that several queries begin with: the founder, the person identifiers
 * that name it, and whatever hangs from any of them.
 *
 * `$1` are identifier ids; `asked (identifier, profile)` has a row for each that exists, `member` all columns of the
 * members with the profile they are in. One statement is one snapshot: a merge that commits in between is seen wholly or
 * not at all. The lateral joins with `offset 0` keep the planner on the indexes whatever it believes about the sizes.
 */
const memberColumns = [
  'id',
  'type',
  'value',
  'blocked',
  'shared_level',
  'first_server_at',
  'first_seen_at',
  'last_seen_at',
  'touchpoint_count',
  'first_touchpoint_at',
  'last_touchpoint_at',
];

const listed = memberColumns.join(', ');
const ofIdentifier = memberColumns.map((column) => `i.${column}`).join(', ');

export const profileMembers = `with recursive
asked as (
  select named.id as identifier, root.profile
  from unnest($1::uuid[]) as ref (id)
  cross join lateral (select id, root from identity.identifier where id = ref.id offset 0) as named
  cross join lateral (select profile from identity.identifier where id = named.root offset 0) as root
),
profile as (select distinct profile from asked),
member (profile, ${listed}) as (
  select profile.profile, ${ofIdentifier}
  from profile
  cross join lateral (
    select ${listed} from identity.identifier where id = profile.profile
    union all
    select ${listed} from identity.identifier
    where identifier.profile = profile.profile and identifier.profile <> identifier.id
    offset 0
  ) as i
  union all
  select member.profile, ${ofIdentifier}
  from member
  cross join lateral (select ${listed} from identity.identifier where parent = member.id offset 0) as i
)`;
