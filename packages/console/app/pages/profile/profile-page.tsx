/** One profile: who it is, why it is one, what happened, and the decisions about it. */
import { addressOf } from '../../api/ask.ts';
import type { Profile } from '../../api/identity-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Card, Page } from '../../parts/page.tsx';
import { Shown } from '../../parts/states.tsx';
import { useDeployment } from '../../shell/session.ts';
import { formatCount, formatMoment } from '../../text/format.ts';
import { Decisions } from './decisions.tsx';
import { History } from './history.tsx';
import { Journey } from './journey.tsx';
import { Links } from './links.tsx';
import { MergeAndSplit } from './merge-and-split.tsx';
import { nameOf } from './profile-name.ts';
import { Timeline } from './timeline.tsx';
import { Traits } from './traits.tsx';

export function ProfilePage({ reference = '' }: { reference?: string }) {
  const path = `/v1/profiles/${encodeURIComponent(reference)}`;
  const asked = useAnswer<Profile>(addressOf('identity', path));
  const title = asked.data === null ? 'Profile' : nameOf(asked.data);
  return (
    <Page title={title} subject={reference}>
      <Shown asked={asked} what="the profile">
        {(profile) => <Sections profile={profile} reload={asked.reload} />}
      </Shown>
    </Page>
  );
}

function Sections({ profile, reload }: { profile: Profile; reload: () => void }) {
  const { kind } = useDeployment();
  // A decision changes what the sections show: they start again with each state of the profile.
  const version = `${profile.id} ${profile.identifierCount} ${profile.touchpointCount}`;
  return (
    <>
      <Summary profile={profile} />
      <div class="columns">
        <Card title="Identifiers and the evidence that joined them" class="wide">
          <Links key={version} profile={profile} />
        </Card>
        <Card title="Traits">
          <Traits profile={profile} />
        </Card>
      </div>
      <Card title="Journey">
        <Journey key={version} profile={profile} />
      </Card>
      <Card title="Timeline">
        <Timeline key={version} profile={profile} />
      </Card>
      <div class="columns">
        <Card title="How it became one profile">
          <History key={version} profile={profile} />
        </Card>
        {kind === 'admin' ? (
          <Card title="Merge or split">
            <MergeAndSplit key={version} profile={profile} onDecided={reload} />
          </Card>
        ) : null}
      </div>
      {kind === 'admin' ? (
        <Card title="Decisions about it">
          <Decisions key={version} profile={profile} onDecided={reload} />
        </Card>
      ) : null}
    </>
  );
}

function Summary({ profile }: { profile: Profile }) {
  const rows: [string, string][] = [
    ['Profile id', profile.id],
    ['Touchpoints', formatCount(profile.touchpointCount)],
    ['Identifiers', formatCount(profile.identifierCount)],
    ['Orders and receipts', formatCount(profile.transactionCount)],
    ['First seen', formatMoment(profile.firstSeenAt)],
    ['Last seen', formatMoment(profile.lastSeenAt)],
  ];
  return (
    <section class="card" aria-label="Summary">
      {profile.identified ? null : (
        <p>
          <span class="tag warn">unidentified</span> Nothing but blocked, shared or receipt identifiers holds
          it together: it is not counted as a customer.
        </p>
      )}
      <dl class="facts summary-facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
