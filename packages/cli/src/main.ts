#!/usr/bin/env node
/** The `throughline` command: which of its commands is meant, and how it ends. */
import { readConfig, UsageError } from './config.ts';
import { ServiceRefusal } from './ask-service.ts';
import { rejectedCommand, rejectedHelp } from './rejected/rejected-command.ts';
import { deadLettersCommand, deadLettersHelp } from './dead-letters/dead-letters-command.ts';
import { demoCommand, demoHelp } from './demo/demo-command.ts';
import { keysCommand, keysHelp } from './access/keys-command.ts';
import { sourcesCommand, sourcesHelp } from './access/sources-command.ts';
import { replayCommand, replayHelp } from './replay/replay-command.ts';
import { statusCommand, statusHelp } from './status/status-command.ts';

const commands = {
  demo: { run: demoCommand, help: demoHelp },
  replay: { run: replayCommand, help: replayHelp },
  rejected: { run: rejectedCommand, help: rejectedHelp },
  status: { run: statusCommand, help: statusHelp },
  sources: { run: sourcesCommand, help: sourcesHelp },
  keys: { run: keysCommand, help: keysHelp },
  deadletters: { run: deadLettersCommand, help: deadLettersHelp },
} as const;

const help = `Usage: throughline <command> [options]

  demo            fill an empty deployment with a generated shop
  replay <file>   stream a file into a running ingest
  rejected        list, show and resubmit what ingest refused
  status          services, lag, freshness and rejects on one screen
  sources         what may send, and by which settings
  keys            make, replace and disable keys
  deadletters     records that a consumer could not process: list them, replay them

throughline <command> --help says more.
`;

process.exitCode = await run(process.argv.slice(2));

async function run([name, ...argv]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    console.log(help);
    return name === undefined ? 1 : 0;
  }
  if (!Object.hasOwn(commands, name)) {
    console.error(`There is no command ${name}.\n\n${help}`);
    return 1;
  }
  const command = commands[name as keyof typeof commands];
  if (argv.includes('--help')) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(argv, readConfig());
  } catch (error) {
    if (!isForTheUser(error)) throw error;
    console.error(
      error instanceof ServiceRefusal
        ? error.message
        : `${error.message}\nthroughline ${name} --help says more.`,
    );
    return 1;
  }
}

function isForTheUser(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof ServiceRefusal) return true;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return code.startsWith('ERR_PARSE_ARGS') || code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR';
}
