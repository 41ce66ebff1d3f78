/** A decision in two steps: what it would do is looked at first, then the same request makes it. */
import { useState } from 'preact/hooks';
import { Problem } from '../../api/ask.ts';
import type { Preview } from '../../api/identity-answers.ts';

export interface Deciding {
  preview: Preview | null;
  fault: string | null;
  isPending: boolean;
  tryOut: () => Promise<void>;
  /** Drops the preview: what it was made from has changed. */
  drop: () => void;
  decide: () => Promise<void>;
}

interface Requests {
  dryRun: () => Promise<Preview>;
  make: () => Promise<unknown>;
  onDecided: () => void;
}

export function useDecision({ dryRun, make, onDecided }: Requests): Deciding {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setPending(true);
    setFault(null);
    try {
      await work();
    } catch (error) {
      setFault(error instanceof Problem ? error.message : String(error));
    }
    setPending(false);
  };
  return {
    preview,
    fault,
    isPending,
    tryOut: async () => await attempt(async () => setPreview(await dryRun())),
    drop: () => {
      setPreview(null);
      setFault(null);
    },
    decide: async () =>
      await attempt(async () => {
        await make();
        setPreview(null);
        onDecided();
      }),
  };
}
