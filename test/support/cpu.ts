import { existsSync, readFileSync } from 'node:fs';

const SCHEDULED = '/proc/thread-self/schedstat';

/**
 * CPU time of this thread so far, in ms. The process's time would include the threads of the compiler and the garbage
 * collector and tests in other threads, and elapsed time would include other processes. On systems without CPU time per
 * thread, it is that of the process.
 */
export function threadCpuMs(): number {
  if (existsSync(SCHEDULED)) return Number(readFileSync(SCHEDULED, 'utf8').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The number of attempts for a comparison: noise can only increase a measurement. */
const TRIES = 6;

/**
 * The factor by which the time of `work` grows for four times the input: about 4 when it is linear, 16 when it is
 * quadratic. It compares the minimum of several measurements of each size and ends as soon as the factor is below
 * `enough`.
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
    // Anything shorter is below the clock's resolution.
    small = Math.max(1, Math.min(small, costOf(n)));
    large = Math.min(large, costOf(4 * n));
  }
  return large / small;
}
