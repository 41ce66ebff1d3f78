/** The page of settings, made from their catalogue. */
import { settings, type Setting } from './settings-catalog.ts';

const head = `# Settings

Every setting is a variable of the environment. An empty variable counts as not set. \`start\` passes them on to the services;
where services run by themselves, each reads its own. What is wrong with them is said before anything starts:

\`\`\`sh
pnpm throughline doctor --offline
\`\`\`

A service alone says it too, and what its settings come to, without secrets:

\`\`\`sh
node services/ingest/src/main.ts --print-settings
\`\`\`

This page is written by \`pnpm docs:settings\` from [settings-catalog.ts](src/settings-catalog.ts); a test holds it to what the
services read.
`;

export function settingsPage(): string {
  return [head, ...settings.flatMap((setting) => [sectionOf(setting), ''])].join('\n').trimEnd() + '\n';
}

function sectionOf({ names, meaning, default: unset }: Setting): string {
  const title = `## ${names.map((name) => `\`${name}\``).join(', ')}`;
  return [title, '', `${capitalized(meaning)}.`, '', `Default: ${unset}.`].join('\n');
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
