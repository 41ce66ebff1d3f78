/** The whole console: signed out it is the form to sign in, signed in the navigation beside the page. */
import { LocationProvider, Route, Router } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { AtRisk } from '../pages/at-risk/at-risk-page.tsx';
import { CohortsPage } from '../pages/cohorts/cohorts-page.tsx';
import { FigurePage } from '../pages/figure/figure-page.tsx';
import { Health } from '../pages/health.tsx';
import { JourneyPage } from '../pages/journey/journey-page.tsx';
import { NotFound } from '../pages/not-found.tsx';
import { Overview } from '../pages/overview.tsx';
import { ProfilePage } from '../pages/profile/profile-page.tsx';
import { ProfileSearch } from '../pages/profile-search.tsx';
import { TouchpointPage } from '../pages/touchpoint-page.tsx';
import { Failed, Loading } from '../parts/states.tsx';
import { Navigation } from './navigation.tsx';
import { loadSession, session } from './session.ts';
import { SignIn } from './sign-in.tsx';

export function Console() {
  useEffect(() => void loadSession(), []);
  const current = session.value;
  if (current.state === 'unknown')
    return (
      <main class="alone">
        <Loading what="the console" />
      </main>
    );
  if (current.state === 'unreachable') {
    return (
      <main class="alone">
        <Failed message={current.message} retry={() => void loadSession()} />
      </main>
    );
  }
  if (current.state === 'signedOut') return <SignIn />;
  return (
    <LocationProvider scope="/console">
      <div class="frame">
        <a class="skip" href="#page">
          Skip to the page
        </a>
        <Navigation deployment={current.deployment} />
        <main id="page" tabIndex={-1}>
          <Router>
            <Route path="/console" component={Overview} />
            <Route path="/console/figures/:figure?" component={FigurePage} />
            <Route path="/console/cohorts" component={CohortsPage} />
            <Route path="/console/journey" component={JourneyPage} />
            <Route path="/console/profiles" component={ProfileSearch} />
            <Route path="/console/profiles/:reference" component={ProfilePage} />
            <Route path="/console/touchpoint" component={TouchpointPage} />
            <Route path="/console/at-risk" component={AtRisk} />
            <Route path="/console/health" component={Health} />
            <Route default component={NotFound} />
          </Router>
        </main>
      </div>
    </LocationProvider>
  );
}
