import { Page } from '../parts/page.tsx';
import { Empty } from '../parts/states.tsx';

export function NotFound() {
  return (
    <Page title="No such page">
      <Empty>
        <p>The console has no page at this address.</p>
        <a href="/console">Overview</a>
      </Empty>
    </Page>
  );
}
