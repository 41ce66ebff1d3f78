/** Whether everything works, and what does not: for operators. */
import { Page } from '../parts/page.tsx';
import { Empty } from '../parts/states.tsx';
import { useDeployment } from '../shell/session.ts';
import { Access } from './health/access.tsx';
import { DeadLetters } from './health/dead-letters.tsx';
import { Gaps } from './health/gaps.tsx';
import { Rejects } from './health/rejects.tsx';
import { Services } from './health/services.tsx';

export function Health() {
  const { kind } = useDeployment();
  return (
    <Page title="Health">
      <Services />
      {kind === 'admin' ? (
        <>
          <Rejects />
          <DeadLetters />
        </>
      ) : (
        <Empty>
          Rejected items, dead letters, sources and keys are shown to those who sign in with an admin key.
        </Empty>
      )}
      <Gaps />
      {kind === 'admin' ? <Access /> : null}
    </Page>
  );
}
