import { execFileSync } from 'node:child_process';

/** Path of the Chromium that the machine has, for tests that need a browser; null for none. */
export function findChromium(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      continue;
    }
  }
  return null;
}
