import { readFileSync } from 'node:fs';

/** MB of memory of its own that a process has: pages of the log's files are not counted. NaN where there is no /proc. */
export function ownMemoryMb(pid: number | 'self'): number {
  const found = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? NaN) / 1024;
}
