import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { sleep } from '../../test/support/server-process.ts';

/** Requests GET /info every 5 ms over one connection, one at a time; `waits` are the response times in ms. */
export function asking(port: number): { readonly waits: readonly number[]; stop(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const waits: number[] = [];
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const began = performance.now();
      await new Promise<void>((resolve) => {
        get({ port, host: '127.0.0.1', path: '/info', agent }, (answer) => {
          answer.resume();
          answer.once('end', resolve);
        }).once('error', () => resolve());
      });
      waits.push(performance.now() - began);
      await sleep(5);
    }
    agent.destroy();
  };
  void loop();
  return { waits, stop: () => (stopped = true) };
}

/** The quantile of `list` at `part` (0 to 1), rounded to a tenth. */
export function at(list: readonly number[], part: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return Number((sorted[Math.min(list.length - 1, Math.floor(list.length * part))] ?? NaN).toFixed(1));
}

/**
 * Uninterrupted work of the server's main thread, in ms of its own CPU time; `over20` counts the stretches longer than
 * 20 ms.
 */
export interface Stretches {
  readonly cpuMs: number;
  readonly longestMs: number;
  readonly over20: number;
  /** The longest ones, with the elapsed ms of garbage collection in each, by kind. */
  readonly top: readonly {
    readonly ms: number;
    readonly gc: Readonly<Record<string, number>>;
    /**
     * With PROFILE=1: the calls that most of its samples have in common, outermost first, and the functions that were
     * running.
     */
    readonly path?: readonly string[];
    readonly self?: readonly string[];
  }[];
}

/** What stretch-probe.mjs in the server has recorded since the last report. */
export async function report(server: ChildProcess): Promise<Stretches> {
  const answer = once(server, 'message');
  server.send('report');
  return (await answer)[0] as Stretches;
}

/** Waits until a server responds to GET /info. @param url without a path */
export async function untilStarted(url: string): Promise<void> {
  const isUp = (): Promise<boolean> =>
    fetch(`${url}/info`).then(
      (response) => response.ok,
      () => false,
    );
  while (!(await isUp())) await sleep(20);
}
