/*
 * Loaded into a server (`node --import`): how long its main thread works without looking at its timers, in ms of its own CPU (of the whole
 * process's would count what other threads do; of the clock, what other processes do). Answers `report` over IPC with the stretches since the
 * last one. Linux.
 */
import { openSync, readSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.send !== undefined) {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const buffer = Buffer.alloc(96);
  const cpuMs = () => Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, 96, 0)).split(' ', 1)[0]) / 1e6;
  let last = cpuMs();
  let stretches = [];
  const look = () => {
    const now = cpuMs();
    if (now - last > 5) stretches.push(now - last);
    last = now;
    setTimeout(look, 1).unref();
  };
  look();
  process.on('message', (message) => {
    if (message !== 'report') return;
    const sorted = stretches.sort((a, b) => b - a);
    stretches = [];
    process.send({
      cpuMs: last,
      longestMs: sorted[0] ?? 0,
      over20: sorted.filter((ms) => ms > 20).length,
      top: sorted.slice(0, 8),
    });
  });
  process.channel?.unref();
}
