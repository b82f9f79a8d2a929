/*
 * Loaded into a server (`node --import`): how long its main thread works without looking at its timers, in ms of its own CPU (of the whole
 * process's would count what other threads do; of the clock, what other processes do), and how much of it was garbage collection (by the
 * clock). Answers `report` over IPC with the stretches since the last one. Linux.
 */
import { openSync, readSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.send !== undefined) {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const buffer = Buffer.alloc(96);
  const cpuMs = () => Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, 96, 0)).split(' ', 1)[0]) / 1e6;
  const { NODE_PERFORMANCE_GC_MAJOR, NODE_PERFORMANCE_GC_MINOR } = constants;
  const KINDS = { [NODE_PERFORMANCE_GC_MAJOR]: 'major', [NODE_PERFORMANCE_GC_MINOR]: 'minor' };
  let last = cpuMs();
  let lastAt = performance.now();
  let stretches = [];
  let collections = [];
  new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
  const look = () => {
    const now = cpuMs();
    const at = performance.now();
    if (now - last > 5) stretches.push({ ms: now - last, from: lastAt, to: at });
    last = now;
    lastAt = at;
    setTimeout(look, 1).unref();
  };
  look();
  process.on('message', (message) => {
    if (message !== 'report') return;
    const sorted = stretches.sort((a, b) => b.ms - a.ms);
    const gcWithin = ({ from, to }) => {
      const ms = {};
      for (const { startTime, duration, detail } of collections) {
        const kind = KINDS[detail.kind] ?? 'marking';
        if (startTime >= from && startTime < to) ms[kind] = (ms[kind] ?? 0) + duration;
      }
      return ms;
    };
    const top = sorted.slice(0, 8).map((stretch) => ({ ms: stretch.ms, gc: gcWithin(stretch) }));
    stretches = [];
    collections = [];
    process.send({
      cpuMs: last,
      longestMs: sorted[0]?.ms ?? 0,
      over20: sorted.filter(({ ms }) => ms > 20).length,
      top,
    });
  });
  process.channel?.unref();
}
