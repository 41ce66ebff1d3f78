/** The health check of a container: slim images have neither curl nor wget. */
const deadlineMs = 4_000;

const [, , url] = process.argv;
if (url === undefined) throw new Error('usage: node probe.ts URL');

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(deadlineMs) });
  // Docker keeps the last lines that a check wrote, for `docker inspect`.
  console.log(`${response.status} ${await response.text()}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
