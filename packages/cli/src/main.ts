#!/usr/bin/env node
/** The `throughline` command: which of its commands is meant, and how it ends. */
import { readConfig, UsageError } from './config.ts';
import { replayCommand, replayHelp } from './replay/replay-command.ts';
import { statusCommand, statusHelp } from './status/status-command.ts';

const commands = {
  replay: { run: replayCommand, help: replayHelp },
  status: { run: statusCommand, help: statusHelp },
} as const;

const help = `Usage: throughline <command> [options]

  replay <file>   stream a file into a running ingest
  status          services, lag, freshness and rejects on one screen

throughline <command> --help tells more.
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
    console.error(`${error.message}\nthroughline ${name} --help tells more.`);
    return 1;
  }
}

function isForTheUser(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return code.startsWith('ERR_PARSE_ARGS') || code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR';
}
