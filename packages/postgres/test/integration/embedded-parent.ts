/** Run as a process of its own by the test: starts the server, says where, and waits to be killed. */
import { silentLog, startEmbeddedPostgres } from '../../src/index.ts';

const [dataDirectory = ''] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres({ dataDirectory, log: silentLog });
console.log(JSON.stringify(postgres));
process.once('SIGTERM', () => void postgres.stop());
