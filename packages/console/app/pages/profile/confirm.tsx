/** The second step of a decision: what it would do in figures, above the button that does it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { PreviewTable } from './preview-table.tsx';
import type { Deciding } from './use-decision.ts';

interface ConfirmProps {
  deciding: Deciding;
  /** Of the button that makes the decision. */
  action: string;
  children?: ComponentChildren;
}

export function Confirm({ deciding, action, children }: ConfirmProps) {
  const { preview, fault, isPending, drop, decide } = deciding;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (preview !== null) heading.current?.focus();
  }, [preview]);
  return (
    <>
      <p class="fault" role="alert">
        {fault}
      </p>
      {preview === null ? null : (
        <div class="preview">
          <h3 ref={heading} tabIndex={-1}>
            What this would do
          </h3>
          <PreviewTable preview={preview} />
          {children}
          <div class="actions">
            <button type="button" class="primary" disabled={isPending} onClick={() => void decide()}>
              {action}
            </button>
            <button type="button" onClick={drop}>
              Cancel
            </button>
          </div>
        </div>
      )}
    </>
  );
}
