/** Completion for shells, made of the helps, so that it knows what they say. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Helps by command. */
export function completionScript(shell: Shell, helps: ReadonlyMap<string, string>): string {
  const commands = [...helps.keys()];
  const cases = [...helps].map(([command, text]) => [command, wordsOf(command, text)] as const);
  switch (shell) {
    case 'bash':
      return bashScript(commands, cases);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands, cases)}`;
    case 'fish':
      return fishScript(commands, cases);
    default:
      return shell satisfies never;
  }
}

/** Words of a usage in brackets that stand for others. */
const placeholders: ReadonlySet<string> = new Set(['options', 'filters']);

type Cases = readonly (readonly [command: string, words: readonly string[]])[];

/** Options, and the words that follow the command in its usage. */
function wordsOf(command: string, help: string): string[] {
  const options = [...help.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option);
  const [usage = ''] = help.split('\n\n');
  const actions = [...usage.matchAll(new RegExp(`throughline ${command} \\[?([a-z][a-z|]*)\\]?`, 'g'))]
    .flatMap(([, words = '']) => words.split('|'))
    .filter((word) => !placeholders.has(word));
  return [...new Set([...actions, ...options, '--help'])].toSorted();
}

function bashScript(commands: readonly string[], cases: Cases): string {
  const branches = cases.map(([command, words]) => `    ${command}) words="${words.join(' ')}" ;;`);
  return [
    '_throughline() {',
    '  local words',
    '  if [ "$COMP_CWORD" -le 1 ]; then',
    `    COMPREPLY=($(compgen -W "${commands.join(' ')} help" -- "\${COMP_WORDS[COMP_CWORD]}"))`,
    '    return',
    '  fi',
    '  case "${COMP_WORDS[1]}" in',
    ...branches,
    '    *) words="" ;;',
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _throughline throughline',
    '',
  ].join('\n');
}

function fishScript(commands: readonly string[], cases: Cases): string {
  const isFirst = '__fish_use_subcommand';
  return [
    `complete -c throughline -n ${isFirst} -a "${commands.join(' ')} help"`,
    ...cases.map(
      ([command, words]) =>
        `complete -c throughline -n "__fish_seen_subcommand_from ${command}" -a "${words.join(' ')}"`,
    ),
    '',
  ].join('\n');
}
