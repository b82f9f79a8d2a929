/**
 * The current speed of this machine, to be recorded with every result (the speed of machines varies threefold from day
 * to day): JSON.parse of one record of 115 bytes in µs, and the load.
 */
import { loadavg } from 'node:os';

const TEXTS = Array.from(
  { length: 1000 },
  (_, i) =>
    `{"viewtime":${1_700_000_000_000 + i},"userid":"User_${i * 7}","pageid":"Page_${i}","ip":"10.20.1.${i & 255}","agent":"Mozilla/5.0 (X11)"}`,
);

/** `jsonParseUs`: CPU time for parsing one record, in µs; `load`: the load average of the last minute. */
export interface Yardstick {
  readonly jsonParseUs: number;
  readonly load: number;
}

/** Measures the speed of this machine; takes some ms. */
export function yardstick(): Yardstick {
  let best = Infinity;
  for (let round = 0; round < 20; round++) {
    const began = process.cpuUsage();
    let sum = 0;
    for (let i = 0; i < 10; i++)
      for (const text of TEXTS) sum += (JSON.parse(text) as { viewtime: number }).viewtime & 1;
    const used = process.cpuUsage(began);
    if (sum >= 0) best = Math.min(best, (used.user + used.system) / 10_000);
  }
  return { jsonParseUs: Number(best.toFixed(2)), load: Number(loadavg()[0]!.toFixed(1)) };
}
