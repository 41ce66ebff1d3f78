/** Does outside Docker what a Dockerfile says: copies, installs, asks for the health, runs, stops. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkout } from './compose-file.ts';
import {
  argumentOf,
  type Copy,
  copiesOf,
  execForm,
  imageOf,
  type Instruction,
  isInContext,
  readDockerfile,
  type Stage,
  stagesOf,
} from './dockerfile.ts';

const run = promisify(execFile);
const startDeadlineMs = 120_000;
const betweenProbesMs = 100;

/** The image, as a directory. */
export class Image {
  readonly #stages: Stage[];
  readonly #instructions: Instruction[];
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'throughline-image-'));

  constructor(dockerfile: string) {
    this.#stages = stagesOf(readDockerfile(dockerfile));
    this.#instructions = imageOf(readDockerfile(dockerfile));
  }

  async build(): Promise<void> {
    for (const stage of this.#stages) {
      const directory = this.#directoryOf(stage.name);
      mkdirSync(directory, { recursive: true });
      for (const copy of copiesOf(stage.instructions)) this.#copy(copy, directory);
      // Only BuildKit knows these; without them the machine's own caches serve.
      const command = argumentOf(stage.instructions, 'RUN').replaceAll(/--mount=\S+\s+/g, '');
      await run('sh', ['-ec', command], {
        cwd: directory,
        env: { ...process.env, ...environmentOf(stage.instructions) },
      });
    }
  }

  /** The image's own; other stages are beside it. */
  #directoryOf(stage: string | null): string {
    return stage === null ? this.#directory : `${this.#directory}-${stage}`;
  }

  #copy({ from: stage, sources, target }: Copy, directory: string): void {
    for (const source of sources) {
      const from =
        stage === null
          ? path.join(checkout, source)
          : path.join(this.#directoryOf(stage), path.relative('/app', source));
      const isInto = target.endsWith('/') && !statSync(from).isDirectory();
      const to = path.join(directory, isInto ? path.join(target, path.basename(source)) : target);
      mkdirSync(path.dirname(to), { recursive: true });
      cpSync(from, to, {
        recursive: true,
        filter: (file) => stage !== null || isInContext(path.relative(checkout, file)),
      });
    }
  }

  /** Runs CMD with this environment and the image's, and nothing of ours. */
  start(environment: Readonly<Record<string, string>>): Container {
    return new Container({
      command: execForm(argumentOf(this.#instructions, 'CMD')),
      probe: execForm(argumentOf(this.#instructions, 'HEALTHCHECK')),
      stopSignal: argumentOf(this.#instructions, 'STOPSIGNAL') as NodeJS.Signals,
      directory: this.#directory,
      environment: {
        ...environmentOf(this.#instructions),
        ...environment,
        PATH: path.dirname(process.execPath),
      },
    });
  }

  remove(): void {
    for (const { name } of this.#stages) {
      rmSync(this.#directoryOf(name), { recursive: true, force: true });
    }
  }
}

function environmentOf(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = instructions.filter(({ name }) => name === 'ENV').map(({ argument }) => argument.split('='));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

interface ContainerOptions {
  command: string[];
  probe: string[];
  stopSignal: NodeJS.Signals;
  directory: string;
  environment: Record<string, string>;
}

export class Container {
  readonly #options: ContainerOptions;
  readonly #process: ChildProcess;
  #output = '';

  constructor(options: ContainerOptions) {
    this.#options = options;
    const [program = '', ...rest] = options.command;
    this.#process = spawn(program, rest, {
      cwd: options.directory,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
  }

  /** What it wrote. */
  get output(): string {
    return this.#output;
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /**
   * Asks the URL of the image's HEALTHCHECK, at another port, until it is healthy, then as HEALTHCHECK does: a process
   * for every try would keep the service from starting. @throws when it ends or takes too long
   */
  async waitUntilHealthy(port: number): Promise<string> {
    const probe = this.#options.probe.map((word) => word.replace(/(?<=:)\d+(?=\/)/, String(port)));
    const deadline = Date.now() + startDeadlineMs;
    while (!(await answers(probe.at(-1) ?? ''))) {
      if (this.#hasEnded()) throw new Error(`it ended: ${this.#output}`);
      if (Date.now() > deadline) throw new Error(`it is not healthy: ${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, betweenProbesMs));
    }
    const [program = '', ...rest] = probe;
    const { directory: cwd, environment: env } = this.#options;
    return (await run(program, rest, { cwd, env })).stdout;
  }

  /** Its exit code. */
  async stop(): Promise<number | null> {
    if (!this.#hasEnded()) {
      this.#process.kill(this.#options.stopSignal);
      await once(this.#process, 'exit');
    }
    return this.#process.exitCode;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
