import { chooseTheme, theme, themes, type Theme } from './theme.ts';
import { isCurrent, navigation } from './pages.ts';
import { type Deployment, signOut } from './session.ts';
import { useAddress } from './use-address.ts';

export function Navigation({ deployment }: { deployment: Deployment }) {
  const { path } = useAddress();
  return (
    <header class="bar">
      <a class="brand" href="/console">
        <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
          <path d="M1 12 6 6l4 3 5-7" fill="none" stroke="currentColor" stroke-width="2.2" />
        </svg>
        Throughline
      </a>
      <nav aria-label="Pages">
        <ul>
          {navigation.map((item) => (
            <li key={item.path}>
              <a href={item.path} aria-current={isCurrent(item.path, path) ? 'page' : undefined}>
                {item.title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="bar-foot">
        <label class="theme">
          <span>Colours</span>
          <select value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
            {themes.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <p class="who">
          Signed in with a key of kind <strong>{deployment.kind}</strong>. Days are in {deployment.timeZone}.
        </p>
        <button type="button" class="quiet" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}
