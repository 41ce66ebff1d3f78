#!/usr/bin/env node
/** The `throughline` command: which of its commands is meant, and how it ends. */
import { readConfig, UsageError, type CliConfig } from './config.ts';
import { ServiceRefusal } from './ask-service.ts';
import { completionScript, shells } from './core/completion-script.ts';

interface Command {
  /** Returns the exit code. */
  run: (argv: readonly string[], config: CliConfig) => Promise<number>;
  help: string;
}

/** Loaded when they are called: some need much that the others do not. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  deadletters: async () => {
    const { deadLettersCommand: run, deadLettersHelp: help } =
      await import('./dead-letters/dead-letters-command.ts');
    return { run, help };
  },
  demo: async () => {
    const { demoCommand: run, demoHelp: help } = await import('./demo/demo-command.ts');
    return { run, help };
  },
  doctor: async () => {
    const { doctorCommand: run, doctorHelp: help } = await import('./doctor/doctor-command.ts');
    return { run, help };
  },
  erase: async () => {
    const { eraseCommand: run, eraseHelp: help } = await import('./erasure/erase-command.ts');
    return { run, help };
  },
  erasures: async () => {
    const { erasuresCommand: run, erasuresHelp: help } = await import('./erasure/erasures-command.ts');
    return { run, help };
  },
  explain: async () => {
    const { explainCommand: run, explainHelp: help } = await import('./explain/explain-command.ts');
    return { run, help };
  },
  export: async () => {
    const { exportCommand: run, exportHelp: help } = await import('./erasure/export-command.ts');
    return { run, help };
  },
  keys: async () => {
    const { keysCommand: run, keysHelp: help } = await import('./access/keys-command.ts');
    return { run, help };
  },
  policy: async () => {
    const { policyCommand: run, policyHelp: help } = await import('./policy/policy-command.ts');
    return { run, help };
  },
  rejected: async () => {
    const { rejectedCommand: run, rejectedHelp: help } = await import('./rejected/rejected-command.ts');
    return { run, help };
  },
  replay: async () => {
    const [{ replayCommand: run }, { replayHelp: help }] = await Promise.all([
      import('./replay/replay-command.ts'),
      import('./replay/replay-arguments.ts'),
    ]);
    return { run, help };
  },
  sources: async () => {
    const { sourcesCommand: run, sourcesHelp: help } = await import('./access/sources-command.ts');
    return { run, help };
  },
  status: async () => {
    const { statusCommand: run, statusHelp: help } = await import('./status/status-command.ts');
    return { run, help };
  },
  rebuild: async () => {
    const { rebuildCommand: run, rebuildHelp: help } = await import('./rebuild/rebuild-command.ts');
    return { run, help };
  },
  verify: async () => {
    const { verifyCommand: run, verifyHelp: help } = await import('./verify/verify-command.ts');
    return { run, help };
  },
};

const help = `Usage: throughline <command> [options]

  demo            fill an empty deployment with a generated shop
  replay <file>   stream a file into a running ingest
  rejected        list, show and resubmit what ingest refused
  status          services, lag, freshness and rejects on one screen
  doctor          what is wrong with a deployment, and what mends it
  explain         why a profile, a figure or a touchpoint is what it is
  export <ref>    everything that is held about a person
  erase <ref>     erase a person
  erasures        keep erasures beside the backups, and apply them again after a restore
  policy          the rules of identity as a document: tried on the history, put in force
  sources         what may send, and by which settings
  keys            make, replace and disable keys
  verify          compute every figure again and compare
  rebuild         compute the figures again, with other settings
  deadletters     records that a consumer could not process: list them, replay them

  completion      completion for a shell: bash, zsh or fish

throughline <command> --help says more, with examples. Completion: source <(throughline completion bash)
`;

// pnpm passes its own `--` on.
const [first, ...others] = process.argv.slice(2);
process.exitCode = await runCommand(first === '--' ? others : process.argv.slice(2));

async function runCommand([name, ...argv]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    console.log(help);
    return name === undefined ? 1 : 0;
  }
  if (name === 'completion') return await printCompletion(argv[0]);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    console.error(`There is no command ${name}.\n\n${help}`);
    return 1;
  }
  const command = await load();
  if (argv.includes('--help')) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(argv, configFor(name));
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

/** @throws UsageError with all that is wrong, where a command relies on it */
function configFor(name: string): CliConfig {
  const config = readConfig();
  if (config.faults.length === 0 || name === 'doctor') return config;
  const faults = config.faults.map(({ message }) => message).join('\n');
  throw new UsageError(`${faults}\nthroughline doctor --offline names every setting that is wrong.`);
}

async function printCompletion(shell: string | undefined): Promise<number> {
  const known = shells.find((each) => each === shell);
  if (known === undefined) {
    console.error(
      `Usage: throughline completion ${shells.join('|')}\n\nExample: source <(throughline completion bash)`,
    );
    return shell === '--help' ? 0 : 1;
  }
  const helps = new Map<string, string>();
  for (const [name, load] of Object.entries(commands)) helps.set(name, (await load()).help);
  helps.set('completion', `Usage: throughline completion ${shells.join('|')}`);
  console.log(completionScript(known, helps));
  return 0;
}

function isForTheUser(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof ServiceRefusal) return true;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return code.startsWith('ERR_PARSE_ARGS') || code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR';
}
