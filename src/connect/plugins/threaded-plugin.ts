import type { RawConfig } from '../api/config-spec.ts';
import type {
  ConnectorPlugin,
  ProbeContext,
  SinkImplementation,
  SourceConnector,
  SourceImplementation,
} from '../api/connector.ts';
import { Looks } from './looks.ts';
import type { Calls, PluginTable, Shape } from './messages.ts';
import type { ThreadOptions } from './plugin-thread.ts';
import { ThreadedConnector } from './threaded-connector.ts';
import { ThreadedSinkTask, ThreadedSourceTask } from './threaded-task.ts';
import { ThreadPlace } from './threads.ts';

/**
 * A connector of an external module. Its table is here, as data; its code runs in threads: one for each connector with
 * its tasks, and a short-lived one for examining settings.
 */
export function threadedPlugin(table: PluginTable, specifier: string, options: ThreadOptions): ConnectorPlugin {
  const { className } = table;
  const plugin = { specifier, className };
  const checks = new Looks(options, plugin, table.config);
  let shape: Promise<Shape> | undefined;

  /** With a context, whose requests are answered. */
  async function lookAt<K extends 'probe' | 'choose'>(
    { refusal, schemas, env, signal }: ProbeContext,
    name: K,
    ...args: Parameters<Calls[K]>
  ): Promise<ReturnType<Calls[K]>> {
    return await checks.inThread(async (thread, deadline) => {
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
    shape ??= checks.call('shape');
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
        // One of the two, depending on the table; both have the same types here.
        (table.type === 'source'
          ? new ThreadedSourceTask(place, options.env)
          : new ThreadedSinkTask(place, options.env)) as ThreadedSourceTask & ThreadedSinkTask,
    };
  }

  const { hasPreview, ...data } = table;
  return {
    ...data,
    checked: (raw) => checks.check(raw),
    ...(hasPreview && { previewSettings: (raw: RawConfig) => checks.call('previewSettings', raw) }),
    load,
  } as ConnectorPlugin;
}
