import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/ask.ts';
import { signIn } from './session.ts';

export function SignIn() {
  const [fault, setFault] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in – Throughline';
    field.current?.focus();
  }, []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setPending(true);
    setFault(null);
    try {
      await signIn(field.current?.value ?? '');
    } catch (error) {
      setFault(faultText(error));
      setPending(false);
      field.current?.focus();
    }
  };
  return (
    <main class="alone">
      <form class="card sign-in" onSubmit={(event) => void submit(event)}>
        <h1>Throughline</h1>
        <p>Figures and profiles of this deployment, for those who have a read or an admin key.</p>
        <label>
          <span>Key</span>
          <input
            ref={field}
            type="password"
            autocomplete="current-password"
            required
            maxLength={200}
            spellcheck={false}
            placeholder="rk_… or ak_…"
            aria-invalid={fault === null ? undefined : true}
            aria-describedby="sign-in-fault"
          />
        </label>
        <p id="sign-in-fault" class="fault" role="alert">
          {fault}
        </p>
        <button type="submit" class="primary" disabled={isPending}>
          Sign in
        </button>
        <p class="note">
          <code>start</code> prints where the keys of an embedded deployment are. The session ends after 12
          hours.
        </p>
      </form>
    </main>
  );
}

function faultText(error: unknown): string {
  if (!(error instanceof Problem)) return String(error);
  if (error.status === 401) return 'No key of this deployment is like that.';
  if (error.status === 403)
    return 'This key only sends touchpoints. The console needs a read or an admin key.';
  return error.message;
}
