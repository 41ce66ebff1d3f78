/** How the embedded server runs: durable, on loopback only, tuned for two cores beside the services. */

/** In MB. */
const leastBuffers = 256;
const mostBuffers = 1_024;

/** @param memory bytes that this machine, or this container, has */
export function serverSettings(port: number, memory: number): Record<string, string> {
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: '100',
    // An acknowledged touchpoint survives a power cut.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // The embedded server is neither replicated nor archived.
    wal_level: 'minimal',
    max_wal_senders: '0',
    // After a checkpoint the first change of a page is logged with the whole page, so checkpoints are seldom. This server can
    // compress such pages only by pglz, which halves them for 75 µs of CPU each, and they are 2.5 a touchpoint over a large store:
    // they are left as they are. The price is disk (4 GB of WAL, half as much again in a burst) and a recovery of a minute
    // after a crash.
    wal_compression: 'off',
    max_wal_size: '4GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    // Deltas and outbox batches live for seconds: a table of them is as large as what arrives between two vacuums. Looking
    // every 15 seconds instead of every minute keeps it, and what its index is searched past, to a quarter.
    autovacuum_naptime: '15s',
    // A tenth of dead rows instead of a fifth, before a table is vacuumed. More often costs more than the pages it saves.
    autovacuum_vacuum_scale_factor: '0.1',
    // One may be busy with a large table for minutes: the other keeps up with the small ones.
    autovacuum_max_workers: '2',
    // A sample of 7,500 rows instead of 30,000: an ANALYZE costs a quarter, and growing tables are analyzed with every tenth of
    // their rows. Keys are distinct, and the few columns that are not have few values.
    default_statistics_target: '25',
    // Memory: the shared buffers, this for each worker, and work_mem for each connection whose statement sorts or hashes.
    autovacuum_work_mem: '32MB',
    shared_buffers: `${sharedBuffers(memory)}MB`,
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    effective_cache_size: '1GB',
    random_page_cost: '1.1',
    // Short statements on two cores: compiling and splitting them costs more than it saves.
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    TimeZone: 'UTC',
    log_timezone: 'UTC',
    // The server's log must not quote statements, parameters or keys: they hold people's data.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_parameter_max_length_on_error: '0',
    log_checkpoints: 'off',
  };
}

/**
 * A sixteenth of the memory. Customers come in any order: once the graph is larger than the buffers, nearly every touchpoint
 * reads pages from outside and writes others back. At 1,000,000 identifiers Postgres took 256 µs a touchpoint with 256 MB, and 168 with 1 GB.
 */
function sharedBuffers(memory: number): number {
  return Math.min(mostBuffers, Math.max(leastBuffers, Math.floor(memory / 16 / 1024 ** 2)));
}
