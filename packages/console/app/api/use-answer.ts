/** An answer that a part of a page shows: pending, there, or failed. A later question ends the one before. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { session } from '../shell/session.ts';
import { Problem, send } from './ask.ts';

export interface Asked<T> {
  /** The last answer; it stays while the next is pending. */
  data: T | null;
  problem: Problem | null;
  isPending: boolean;
  reload: () => void;
}

interface State<T> {
  address: string | null;
  data: T | null;
  problem: Problem | null;
  isPending: boolean;
}

/** @param address null asks nothing */
export function useAnswer<T>(
  address: string | null,
  read: (address: string, signal: AbortSignal) => Promise<T> = readJson,
): Asked<T> {
  const [state, setState] = useState<State<T>>({
    address: null,
    data: null,
    problem: null,
    isPending: address !== null,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (address === null) {
      setState({ address, data: null, problem: null, isPending: false });
      return;
    }
    const controller = new AbortController();
    setState((before) => ({ ...before, problem: null, isPending: true }));
    const load = async (): Promise<void> => {
      try {
        const data = await read(address, controller.signal);
        if (!controller.signal.aborted) setState({ address, data, problem: null, isPending: false });
      } catch (error) {
        if (controller.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, { title: String(error) });
        if (problem.status === 401) session.value = { state: 'signedOut' };
        setState({ address, data: null, problem, isPending: false });
      }
    };
    void load();
    return () => controller.abort();
  }, [address, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  return { data: state.data, problem: state.problem, isPending: state.isPending, reload };
}

async function readJson<T>(address: string, signal: AbortSignal): Promise<T> {
  return await send<T>(address, { signal });
}
