/*
 * Loaded into a server (`node --import`): measures how long its main thread works without a turn of its timers, in ms
 * of the thread's own CPU time (that of the process would include other threads, and elapsed time other processes), and
 * how much of that was garbage collection (in elapsed time). It responds to `report` over IPC with the stretches since
 * the last report. With PROFILE=1 in the environment, also with what was done in the longest: the calls that most of
 * its samples have in common, and the functions that were running. Linux only.
 */
import { openSync, readSync } from 'node:fs';
import { Session } from 'node:inspector';
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
  const profiler = process.env.PROFILE === '1' ? startProfiler() : undefined;
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
    const workIn = profiler?.();
    const top = sorted.slice(0, workIn === undefined ? 8 : 40).map((stretch) => ({
      ms: stretch.ms,
      gc: gcWithin(stretch),
      ...workIn?.(stretch),
    }));
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

/** Returns a function that reports what was done in a stretch and restarts the profile. */
function startProfiler() {
  const session = new Session();
  session.connect();
  const post = (method, params) => {
    let answer;
    session.post(method, params, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  };
  post('Profiler.enable');
  post('Profiler.setSamplingInterval', { interval: 500 });
  post('Profiler.start');
  // Samples have timestamps of the monotonic clock, in µs.
  const originUs = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;
  return () => {
    const { profile } = post('Profiler.stop');
    post('Profiler.start');
    const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
    for (const node of profile.nodes) for (const child of node.children ?? []) nodes.get(child).parent = node;
    const times = [];
    let at = profile.startTime;
    for (const delta of profile.timeDeltas) times.push((at += delta));
    return ({ from, to }) => {
      const self = new Map();
      const stacks = [];
      for (const [i, id] of profile.samples.entries()) {
        if (times[i] < originUs + from * 1000 || times[i] > originUs + to * 1000) continue;
        const stack = [];
        for (let node = nodes.get(id); node?.parent !== undefined; node = node.parent) stack.unshift(nameOf(node));
        stacks.push(stack);
        const leaf = stack.at(-1) ?? '';
        self.set(leaf, (self.get(leaf) ?? 0) + 1);
      }
      const share = (n) => `${Math.round((n / stacks.length) * 100)}%`;
      const path = [];
      for (let rest = stacks; ;) {
        const next = new Map();
        for (const stack of rest) {
          const name = stack[path.length];
          if (name !== undefined) next.set(name, [...(next.get(name) ?? []), stack]);
        }
        const [name, most] = [...next].sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
        if (most === undefined || most.length < stacks.length * 0.3) break;
        path.push(`${name} ${share(most.length)}`);
        rest = most;
      }
      const busiest = [...self].sort(([, a], [, b]) => b - a).slice(0, 6);
      return { samples: stacks.length, path, self: busiest.map(([name, n]) => `${name} ${share(n)}`) };
    };
  };
}

function nameOf({ callFrame: { functionName, url, lineNumber } }) {
  const file = url.replace(/^.*\/(dist|node_modules)\//, '');
  return `${functionName || '·'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`;
}
