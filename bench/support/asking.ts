import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { sleep } from '../../test/support/server-process.ts';

/** Asks GET /info every 5 ms over one connection, never twice at once; ms each. */
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

/** The value below which a part of `list` lies, to a tenth. */
export function at(list: readonly number[], part: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return Number((sorted[Math.min(list.length - 1, Math.floor(list.length * part))] ?? NaN).toFixed(1));
}

export interface Stretches {
  readonly cpuMs: number;
  readonly longestMs: number;
  readonly over20: number;
  /** The longest, with the ms of the clock that collections of garbage took in each, by kind. */
  readonly top: readonly {
    readonly ms: number;
    readonly gc: Readonly<Record<string, number>>;
    /** With PROFILE=1: the calls that most of it has in common, from the outermost, and what was at work. */
    readonly path?: readonly string[];
    readonly self?: readonly string[];
  }[];
}

/** What stretch-probe.mjs in the server has seen since the last time. */
export async function report(server: ChildProcess): Promise<Stretches> {
  const answer = once(server, 'message');
  server.send('report');
  return (await answer)[0] as Stretches;
}
