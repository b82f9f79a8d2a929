import { from, group, guard, server } from '../server-key.ts';

/** The location and durability of the embedded log. */
export const EMBEDDED_LOG_KEYS = group(
  'Embedded log and its disk',
  { high: ['dataDir'], medium: ['logFsync', 'logDiskReserve', 'numPartitions', 'serverSupervised'] },
  {
    dataDir: guard(
      server('data.dir', 'STRING', '.sluice', 'Folder of the embedded log, the state and the connectors’ offsets.'),
    ),
    logFsync: server(
      'log.fsync',
      'STRING',
      'interval',
      'Embedded log: every setting survives the death of the process; `commit` also a power cut, `interval` all but the last log.fsync.interval.ms of one, `never` leaves it to the system.',
      ['commit', 'interval', 'never'],
    ),
    logFsyncIntervalMs: from(
      1,
      server(
        'log.fsync.interval.ms',
        'LONG',
        '1000',
        'Embedded log: time between syncs for log.fsync=interval, in ms.',
      ),
    ),
    logMapSize: from(
      1,
      server(
        'log.map.size',
        'LONG',
        '68719476736',
        'Embedded log: upper bound of its size, in bytes (address space, not disk).',
      ),
    ),
    logDiskReserve: server(
      'log.disk.reserve.bytes',
      'LONG',
      '67108864',
      'Of the disk under data.dir, so many bytes are kept for what makes room: when no more are free, rows are refused with LOG_FULL, and DROP … DELETE TOPIC, retention and compaction go on. Never more than a twentieth of the disk.',
    ),
    logRetentionCheckIntervalMs: from(
      1,
      server(
        'log.retention.check.interval.ms',
        'LONG',
        '300000',
        'Embedded log: how often retention and compaction run, in ms.',
      ),
    ),
    numPartitions: from(
      1,
      server('num.partitions', 'INT', '1', 'Embedded log: partitions of topics that connectors create.'),
    ),
    logDamaged: guard(
      server(
        'log.damaged',
        'STRING',
        'read',
        'Embedded log: what a start does where its store is damaged. `read`: what can be read is copied below data.dir (folder `readable`, gone with the next start) and served, and whatever would change something is refused with READ_ONLY; where nothing can be read the start ends with the reason. `refuse`: it always does.',
        ['read', 'refuse'],
      ),
    ),
    serverSupervised: server(
      'server.supervised',
      'BOOLEAN',
      'true',
      '`sluice server`: runs it in a process of its own, beside a small one that says why it ended where a signal of the system ended it, looks at the stores and starts it again. `false`: one process, and whoever starts it sees to that.',
    ),
  },
);
