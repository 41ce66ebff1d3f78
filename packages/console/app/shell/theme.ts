/** Light or dark: as the system says, unless the reader chose one. */
import { signal } from '@preact/signals';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'throughline-console-theme';

export const theme = signal<Theme>(readStored());

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  applyTheme();
  try {
    localStorage.setItem(storageKey, chosen);
  } catch {
    // A browser that keeps nothing forgets the choice with the page.
  }
}

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.value;
}

function readStored(): Theme {
  try {
    const stored = localStorage.getItem(storageKey);
    return themes.find((known) => known === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
