/** Kafka comes from Maven: no download of an archive, and nothing of it in the repository. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Resolves Kafka's jars once; then the list is read from the directory, as long as every jar is still there. */
export function findClassPath(directory: string): string {
  const file = join(directory, 'classpath.txt');
  if (existsSync(file)) {
    const known = readFileSync(file, 'utf8').trim();
    if (known !== '' && known.split(':').every((jar) => existsSync(jar))) return known;
  }
  mkdirSync(directory, { recursive: true });
  const pom = join(directory, 'pom.xml');
  copyFileSync(join(import.meta.dirname, 'pom.xml'), pom);
  const result = spawnSync(
    'mvn',
    ['-q', '-B', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${file}.new`],
    { encoding: 'utf8' },
  );
  if (result.error !== undefined)
    throw new Error('Maven (mvn) is needed to fetch Kafka, and Java 17 or newer (java) to run it', {
      cause: result.error,
    });
  if (result.status !== 0) throw new Error(`Maven could not fetch Kafka:\n${result.stdout}${result.stderr}`);
  renameSync(`${file}.new`, file);
  return readFileSync(file, 'utf8').trim();
}

/** Whether this machine has what `findClassPath` and a broker need. */
export function hasJavaAndMaven(): boolean {
  return ['java', 'mvn'].every(
    (program) => spawnSync(program, ['-version'], { stdio: 'ignore' }).status === 0,
  );
}
