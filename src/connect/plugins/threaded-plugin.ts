import { Deadline } from './deadline.ts';
import type { ConfigKey, ParsedKey, RawConfig } from '../api/config-spec.ts';
import type {
  ConnectorPlugin,
  ProbeContext,
  SinkImplementation,
  SourceConnector,
  SourceImplementation,
} from '../api/connector.ts';
import type { Calls, CheckedKey, PluginTable, Shape } from './messages.ts';
import type { PluginThread, ThreadOptions } from './plugin-thread.ts';
import { ThreadedConnector } from './threaded-connector.ts';
import { ThreadedSinkTask, ThreadedSourceTask } from './threaded-task.ts';
import { ThreadPlace } from './threads.ts';

/** How long a look at a plug-in may take: a check of settings, a look at the outside world, in ms. */
const LOOK_MS = 15_000;
/** How long the thread of such looks waits for the next one: a statement makes several of them. */
const LINGER_MS = 10_000;

/**
 * A connector of a module that is not ours. Its table stands here, as data; its code runs in threads of its own: one
 * for each connector with its tasks, one for a moment where settings are looked at.
 */
export function threadedPlugin(table: PluginTable, specifier: string, options: ThreadOptions): ConnectorPlugin {
  const { className } = table;
  const plugin = { specifier, className };
  const looks = new ThreadPlace(options, plugin, LINGER_MS);
  let shape: Promise<Shape> | undefined;

  async function look<K extends keyof Calls>(name: K, ...args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    return await inThread((thread, deadline) => deadline.of(thread.call(0, name, ...args)));
  }

  async function inThread<T>(work: (thread: PluginThread, deadline: Deadline) => Promise<T>): Promise<T> {
    const thread = looks.enter();
    const deadline = new Deadline(options.env, LOOK_MS, `${className} has not answered within ${LOOK_MS} ms`);
    try {
      return await work(thread, deadline);
    } finally {
      if (deadline.isOver) void thread.end(deadline.error);
      deadline.cancel();
      await looks.leave(thread);
    }
  }

  /** With a context: what the code asks of it, it is told. */
  async function lookAt<K extends 'probe' | 'choose'>(
    { refusal, schemas, env, signal }: ProbeContext,
    name: K,
    ...args: Parameters<Calls[K]>
  ): Promise<ReturnType<Calls[K]>> {
    return await inThread(async (thread, deadline) => {
      const of = thread.listen({
        refusal: (planned) => refusal(planned),
        schemas: (topic) => schemas(topic),
        log: (level, message, fields) => env.logger[level](message, fields),
      });
      const abort = (): void => thread.abort(of);
      signal.addEventListener('abort', abort, { once: true });
      try {
        return await deadline.of(thread.call(of, name, ...args));
      } finally {
        signal.removeEventListener('abort', abort);
        thread.forget(of);
      }
    });
  }

  async function load(): Promise<SourceImplementation & SinkImplementation> {
    shape ??= look('shape');
    shape.catch(() => (shape = undefined));
    const { probe, choose, ...offsets } = await shape;
    const place = new ThreadPlace(options, plugin, 0);
    return {
      ...(probe && { probe: async (config, context) => await lookAt(context, 'probe', config.raw) }),
      ...(choose && {
        choose: async (config, context) => await lookAt(context, 'choose', config.raw, context.name),
      }),
      createConnector: () => new ThreadedConnector(place, options.env, offsets) as SourceConnector,
      createTask: () =>
        // One of the two, as the table says; the types of both are asked for here.
        (table.type === 'source'
          ? new ThreadedSourceTask(place, options.env)
          : new ThreadedSinkTask(place, options.env)) as ThreadedSourceTask & ThreadedSinkTask,
    };
  }

  const { hasPreview, ...data } = table;
  return {
    ...data,
    checked: async (raw) => {
      const { keys, problems } = await look('check', raw);
      return { keys: keys.map((key) => parsed(key, table.config)), problems };
    },
    ...(hasPreview && { previewSettings: (raw: RawConfig) => look('previewSettings', raw) }),
    load,
  } as ConnectorPlugin;
}

/** With what its functions have given in the thread. */
function parsed(
  { name, value, given, errors, recommended, visible }: CheckedKey,
  table: readonly ConfigKey[],
): ParsedKey {
  const key = table.find((k) => k.name === name)!;
  return { key: { ...key, recommend: () => recommended, visible: () => visible }, value, given, errors };
}
