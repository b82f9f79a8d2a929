import { existsSync, readFileSync } from 'node:fs';

const SCHEDULED = '/proc/thread-self/schedstat';

/**
 * CPU time of this thread so far, in ms: the compiler's and the collector's threads work beside it, tests run in
 * others, and other processes compete. Where the system does not tell it by thread, of the process.
 */
export function threadCpuMs(): number {
  if (existsSync(SCHEDULED)) return Number(readFileSync(SCHEDULED, 'utf8').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How often a comparison is tried: noise makes one dearer, never cheaper than it is. */
const TRIES = 6;

/**
 * How many times dearer `work` is for four times as much: about 4 where its time grows with the length alone, 16 where
 * it grows with its square. The least of what was seen of each; the comparison ends as soon as it is under `enough`.
 */
export function growthByFour(work: (n: number) => void, n: number, enough: number): number {
  work(Math.ceil(n / 4));
  const costOf = (size: number): number => {
    const from = threadCpuMs();
    work(size);
    return threadCpuMs() - from;
  };
  let small = Infinity;
  let large = Infinity;
  for (let i = 0; i < TRIES && !(large < small * enough); i++) {
    // A moment below this is the clock's own grain.
    small = Math.max(1, Math.min(small, costOf(n)));
    large = Math.min(large, costOf(4 * n));
  }
  return large / small;
}
