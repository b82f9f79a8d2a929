import { readFileSync } from 'node:fs';

/** The private memory of a process in MB, without mapped pages of log files. NaN on systems without /proc. */
export function ownMemoryMb(pid: number | 'self'): number {
  const found = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? NaN) / 1024;
}
