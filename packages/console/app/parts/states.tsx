/** What stands where data are not there: pending, none, or failed. */
import type { ComponentChildren } from 'preact';
import type { Asked } from '../api/use-answer.ts';

export function Loading({ what }: { what: string }) {
  return (
    <p class="state loading" role="status">
      Loading {what} …
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="state empty">{children}</div>;
}

export function Failed({ message, retry }: { message: string; retry?: () => void }) {
  return (
    <div class="state failed" role="alert">
      <p>{message}</p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface ShownProps<T> {
  asked: Asked<T>;
  /** What is loaded, in words. */
  what: string;
  children: (data: T) => ComponentChildren;
}

/** The data, or what stands in their place. While the next answer is pending the last one stays, dimmed. */
export function Shown<T>({ asked, what, children }: ShownProps<T>) {
  const { data, problem, isPending, reload } = asked;
  if (problem !== null) return <Failed message={problem.message} retry={reload} />;
  if (data === null) return <Loading what={what} />;
  return (
    <div class="shown" aria-busy={isPending}>
      {children(data)}
    </div>
  );
}
