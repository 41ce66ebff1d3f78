/** Why the closed days of a figure changed: the restatements of the series that it is made of. */
import type { Asked } from '../../api/use-answer.ts';
import { Drawer } from '../../parts/drawer.tsx';
import { Shown } from '../../parts/states.tsx';
import { formatDay } from '../../text/format.ts';
import type { ShownFigure } from './figures.ts';
import { RestatementList } from './restatement-list.tsx';
import type { Restatements } from './use-restatements.ts';

interface ReasonsProps {
  figure: ShownFigure;
  restatements: Asked<Restatements>;
  from: string;
  to: string;
  onClose: () => void;
}

export function Reasons({ figure, restatements, from, to, onClose }: ReasonsProps) {
  return (
    <Drawer title={`Why ${figure.title.toLowerCase()} changed`} onClose={onClose}>
      <p class="muted">
        Changes of closed days from {formatDay(from)} to {formatDay(to)}, newest first. The figure is made of
        these series; days that are not closed change without a restatement.
      </p>
      <Shown asked={restatements} what="the restatements">
        {({ items, isCut }) => (
          <>
            <RestatementList items={items} most={100} />
            {isCut ? <p class="note">There are older ones: choose fewer days.</p> : null}
          </>
        )}
      </Shown>
    </Drawer>
  );
}
