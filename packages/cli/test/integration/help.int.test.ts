import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startCommand } from './service-process.ts';

async function say(...argv: string[]): Promise<string> {
  const command = startCommand(argv);
  expect(await command.ended).toBe(0);
  return command.said();
}

/** Of the overview: a command a line. */
async function commandsOf(): Promise<string[]> {
  const help = await say('--help');
  return [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name);
}

test('every command says its usage, with examples, and has its result as JSON', async () => {
  const commands = await commandsOf();
  expect(commands.length).toBeGreaterThan(8);
  for (const name of commands) {
    const help = await say(name, '--help');
    expect(help).toContain('throughline ' + name);
    expect(help).toMatch(/^Examples?:/m);
    if (name !== 'completion') expect(help).toContain('--json');
  }
});

test('completion in bash offers commands, and the options of a command', async () => {
  const script = await say('completion', 'bash');
  const complete = (words: string): string[] => {
    const ask = `${script}\nCOMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _throughline; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', ask], { encoding: 'utf8' }).stdout.trim().split('\n');
  };
  expect(complete('throughline de')).toEqual(['deadletters', 'demo']);
  expect(complete('throughline replay --gu')).toEqual(['--guess']);
  expect(complete('throughline explain fig')).toEqual(['figure']);
  expect(complete('throughline keys ro')).toEqual(['rotate']);
  expect(complete('throughline policy sw')).toEqual(['switch']);
  expect(complete('throughline comp')).toEqual(['completion']);
  // Nothing that stands for another word, or is from an example.
  expect(complete('throughline export ""').filter((word) => !word.startsWith('--'))).toEqual([]);
  expect(complete('throughline rejected ""').filter((word) => !word.startsWith('--'))).toEqual([
    'cancel',
    'counts',
    'list',
    'resubmissions',
    'resubmit',
    'show',
  ]);
});

test('completion knows every command in each shell, and refuses other shells', async () => {
  for (const shell of ['zsh', 'fish']) {
    const script = await say('completion', shell);
    for (const name of await commandsOf()) {
      expect(script).toContain(name);
    }
  }
  const unknown = startCommand(['completion', 'cmd.exe']);
  expect(await unknown.ended).toBe(1);
  expect(unknown.said()).toContain('bash|zsh|fish');
});
