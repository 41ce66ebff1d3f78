/** Finds a profile by a name, an e-mail address, a phone number, a card or an id. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { addressOf } from '../api/ask.ts';
import type { Profile, SearchAnswer } from '../api/identity-answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { IdentifierName } from '../parts/identifier-name.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { useDeployment } from '../shell/session.ts';
import { useAddress } from '../shell/use-address.ts';
import { formatCount, formatMoment } from '../text/format.ts';
import { nameOf } from './profile/profile-name.ts';

const shownIdentifiers = 6;
const minLength = 2;

export function ProfileSearch() {
  const { query, change, go } = useAddress();
  const { kind } = useDeployment();
  const asked = (query['query'] ?? '').trim();
  const [text, setText] = useState(asked);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(asked), [asked]);
  // A reference leads to its profile, whatever the key may search.
  const isReference =
    /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text.trim()) || /^[a-z_]+(\.\w+)?:./.test(text.trim());
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isReference) go(`/console/profiles/${encodeURIComponent(text.trim())}`);
    else change({ query: text.trim() });
  };
  return (
    <Page title="Profiles">
      <form class="search" role="search" onSubmit={submit}>
        <label class="choice">
          <span>Name, e-mail address, phone number, card, or a reference such as user_id:42</span>
          <input
            ref={field}
            type="search"
            name="query"
            value={text}
            maxLength={200}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Find
        </button>
      </form>
      {kind === 'admin' ? (
        <Results query={asked} />
      ) : (
        <Empty>
          Searching by name needs an admin key. With a read key, a reference such as <code>user_id:42</code>{' '}
          or <code>email:ada@example.org</code> opens its profile.
        </Empty>
      )}
    </Page>
  );
}

function Results({ query }: { query: string }) {
  const found = useAnswer<SearchAnswer>(
    query.length < minLength ? null : addressOf('identity', '/v1/profiles', { query, limit: 50 }),
  );
  if (query.length < minLength) {
    return (
      <Empty>The beginning of a name, a number or an address is enough, from {minLength} characters.</Empty>
    );
  }
  return (
    <Card title="Found">
      <Shown asked={found} what="profiles">
        {({ items, truncated }) =>
          items.length === 0 ? (
            <Empty>No profile begins with “{query}”.</Empty>
          ) : (
            <>
              <ul class="results">
                {items.map(({ profile, matches }) => (
                  <Result key={profile.id} profile={profile} matches={matches} />
                ))}
              </ul>
              {truncated ? <p class="note">There are more: type more of the name.</p> : null}
            </>
          )
        }
      </Shown>
    </Card>
  );
}

function Result({
  profile,
  matches,
}: {
  profile: Profile;
  matches: SearchAnswer['items'][number]['matches'];
}) {
  return (
    <li>
      <a href={`/console/profiles/${profile.id}`}>
        <bdi>{nameOf(profile)}</bdi>
      </a>
      <p class="inline-list">
        {profile.identifiers.slice(0, shownIdentifiers).map((identifier) => (
          <IdentifierName key={identifier.id} identifier={identifier} />
        ))}
      </p>
      <p class="muted">
        {formatCount(profile.touchpointCount)} touchpoints, last {formatMoment(profile.lastSeenAt)} · found by{' '}
        {matches.map(({ name }) => name).join(', ')}
      </p>
    </li>
  );
}
