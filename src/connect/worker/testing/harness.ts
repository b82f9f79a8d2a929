import { SERVER_ITSELF } from '../../../base/rights.ts';
import { testEnv } from '../../../../test/support/env.ts';
import type { Env } from '../../../base/env.ts';
import type { Log } from '../../../log/api.ts';
import { EmbeddedLog } from '../../../log/embedded/embedded-log.ts';
import { MemoryStore } from '../../../store/memory-store.ts';
import type { SinkSource } from '../../client/api.ts';
import type { Passwords, WorkerOptions } from '../worker-options.ts';
import { inProcessClient } from '../in-process-client.ts';
import { handleRest } from '../rest/rest.ts';
import { eventually as eventuallyIn, TrialWorker } from '../trial-worker.ts';

/** A worker over a memory log, with the operations that its tests need. */
export class Harness extends TrialWorker {
  readonly files: Map<string, string>;
  readonly variables: Map<string, string>;
  /** Whether the REST API shows passwords. */
  passwords: Passwords = 'hidden';

  /** `haste`: how many times faster than real time pauses pass. */
  constructor(options: Partial<WorkerOptions> = {}, log?: Log, haste = 1) {
    const given = testEnv();
    const env: Env = {
      ...given,
      timers: {
        sleep: (ms, signal) => given.timers.sleep(ms / haste, signal),
        after: (ms, task) => given.timers.after(ms / haste, task),
        turn: () => given.timers.turn(),
      },
    };
    const files = new Map<string, string>();
    const variables = new Map<string, string>();
    super(log ?? new EmbeddedLog({ store: new MemoryStore(), env }), env, {
      secrets: {
        readFile: async (path) => {
          const text = files.get(path);
          if (text === undefined) throw new Error(`ENOENT: ${path}`);
          return text;
        },
        environment: (name) => variables.get(name),
      },
      ...options,
    });
    this.files = files;
    this.variables = variables;
  }

  /** Waits until a sink has committed `offset` of the only partition that it reads. @throws the trace of its task */
  async committed(sink: string, offset: number): Promise<void> {
    await eventually(async () => {
      const task = this.herder.status(sink).tasks[0];
      if (task?.trace !== undefined) throw new Error(task.trace);
      return (await this.herder.offsets(sink))[0]?.offset?.['kafka_offset'] === offset;
    });
  }

  /** Waits until the first task of a connector, or the connector itself, has failed; resolves to the trace. */
  async failure(connector: string): Promise<string> {
    return await eventually(() => {
      const status = this.herder.status(connector);
      const failed = [...status.tasks.slice(0, 1), status.connector].find((part) => part.state === 'FAILED');
      return failed?.trace;
    });
  }

  /** The config of a sink of `sources` for settings in the short form, as CREATE SINK CONNECTOR creates it. */
  sinkConfig(short: Readonly<Record<string, string>>, sources: readonly SinkSource[]): Record<string, string> {
    const client = inProcessClient(this.herder).embedded!;
    const given = { sources: sources.map((source) => source.name).join(), ...short };
    return client.sinkConfig(client.expandShortForm(given, 'sink').config, sources);
  }

  async rest(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: any }> {
    const url = new URL(path, 'http://localhost:8083');
    const text = body === undefined || body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await handleRest(
      {
        method,
        path: url.pathname,
        query: url.searchParams,
        headers: { 'content-type': 'application/json', ...headers },
        body: text,
        caller: SERVER_ITSELF,
      },
      {
        herder: this.herder,
        logger: this.env.logger,
        url: 'http://localhost:8083',
        passwords: this.passwords,
      },
    );
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.body === '' ? null : JSON.parse(answer.body),
    };
  }
}

/** Waits until `probe` gives something other than undefined or false. */
export function eventually<T>(
  probe: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<Exclude<T, false | null | undefined>> {
  return eventuallyIn(testEnv(), probe, timeoutMs);
}
