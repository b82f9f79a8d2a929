import { must } from '../../base/assert.ts';
import type { Env, LogFields, Logger } from '../../base/env.ts';
import { messageOf } from '../../base/errors.ts';
import { Config, configOf, type ConfigKey, parseKeys, type RawConfig } from '../api/config-spec.ts';
import type {
  ConnectorPlugin,
  ProbeContext,
  SinkImplementation,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
  SourcePlugin,
} from '../api/connector.ts';
import { ConnectError } from '../api/errors.ts';
import { exportedPlugins, moduleTable, wholeKey } from './describe.ts';
import {
  type Calls,
  COUNTER,
  type FromThread,
  type ThreadCalls,
  type Outcome,
  type Shape,
  type ToThread,
} from './messages.ts';
import { plainError } from './plain-error.ts';
import { type GivenPart, ServedPart } from './serve-part.ts';
import { ServedTask } from './serve-task.ts';
import { Speaker, type SpeakerPort } from './speaker.ts';

/** The thread's side of its ports. */
export interface ThreadPort extends SpeakerPort {
  /** Time between two signs of life, in ms. */
  readonly beatMs: number;
  onMessage(handler: (message: ToThread) => void): void;
  /** Bytes of buffers outside of the heap. */
  bufferBytes(): number;
}

/**
 * Runs a module's code in this thread at the worker's request: see PluginThread. `importModule` returns the module's
 * exports.
 */
export function servePlugin(
  port: ThreadPort,
  {
    env,
    importModule,
    className,
  }: {
    readonly env: Env;
    readonly importModule: () => Promise<unknown>;
    readonly className: string | undefined;
  },
): void {
  const beat = (): void => {
    Atomics.store(port.counters, COUNTER.bufferMiB, port.bufferBytes() / 2 ** 20);
    Atomics.add(port.counters, COUNTER.beats, 1);
    env.timers.after(port.beatMs, beat);
  };
  beat();
  const host = new PluginHost(port, env, importModule, className);
  port.onMessage((message) => {
    if (message.kind === 'answer') host.speaker.answered(message.call, message);
    else if (message.kind === 'abort') host.abort(message.of);
    else void host.answer(message.call, message.of, message.name, message.args);
  });
}

type Implementation = SourceImplementation | SinkImplementation;

/** A connector that has been started. */
interface ServedConnector {
  readonly connector: SourceConnector;
  readonly aborted: AbortController;
}

class PluginHost {
  readonly speaker: Speaker;
  readonly #env: Env;
  readonly #importModule: () => Promise<unknown>;
  readonly #className: string | undefined;
  #exports: Promise<unknown> | undefined;
  #loaded: Promise<Implementation> | undefined;
  readonly #connectors = new Map<number, ServedConnector>();
  readonly #tasks = new Map<number, ServedTask>();
  readonly #parts = new Map<number, ServedPart>();
  readonly #checks = new Map<number, AbortController>();
  readonly #calls: { [K in keyof Calls]: (of: number, ...args: Parameters<Calls[K]>) => unknown };

  constructor(port: ThreadPort, env: Env, importModule: () => Promise<unknown>, className: string | undefined) {
    this.#env = env;
    this.#importModule = importModule;
    this.#className = className;
    this.speaker = new Speaker(port);
    this.#calls = {
      module: async () => moduleTable(await this.#module()),
      shape: () => this.#shape(),
      check: (_, raw) => this.#check(raw),
      previewSettings: async (_, raw) => await ((await this.#plugin()) as SourcePlugin).previewSettings!(raw),
      probe: async (of, raw) => await (await this.#load()).probe!(Config.of(raw), this.#probeContext(of)),
      choose: async (of, raw, name) =>
        await (
          await this.#load()
        ).choose!(await this.#typed(raw), { ...this.#probeContext(of), name }),
      startConnector: (of, raw, name) => this.#startConnector(of, raw, name),
      taskConfigs: (of, max) => this.#connector(of).connector.taskConfigs(max),
      offsets: async (_, how, raw, offsets) => {
        const connector = await this.#newConnector();
        await must(connector[how], how).call(connector, await this.#typed(raw), offsets);
      },
      forget: async (of, raw, name) =>
        await (
          await this.#newConnector()
        ).forget!(await this.#typed(raw), {
          name,
          env: this.#envOf(of),
          offset: (partition) => this.speaker.ask(of, 'offset', partition),
        }),
      startTask: async (of, raw, connector, taskId) => {
        const task = new ServedTask((await this.#load()).createTask, await this.#plugin());
        this.#tasks.get(of)?.abort();
        this.#tasks.set(of, task);
        return await task.start(await this.#typed(raw), this.#envOf(of), this.speaker, { of, connector, taskId });
      },
      poll: (of) => this.#task(of).poll(),
      commit: (of) => this.#task(of).commit(),
      put: (of, records) => this.#task(of).put(records),
      flush: (of) => this.#task(of).flush(),
      preCommit: (of, reached, everything) => this.#task(of).preCommit(reached, everything),
      close: (of, partitions) => this.#task(of).close(partitions),
      startPart: async (of, raw, isKey) => {
        const part = (await this.#plugin()) as unknown as GivenPart;
        this.#parts.set(of, new ServedPart(part, raw, this.#env.clock, isKey));
      },
      transform: (of, records) => this.#part(of).transform(records),
      test: (of, records) => this.#part(of).test(records),
      encode: (of, values) => this.#part(of).encode(values),
      decode: (of, topic, bytes) => this.#part(of).decode(topic, bytes),
      stop: (of) => this.#stop(of),
    };
  }

  abort(of: number): void {
    this.#connectors.get(of)?.aborted.abort();
    this.#tasks.get(of)?.abort();
    this.#checks.get(of)?.abort();
  }

  async answer(call: number, of: number, name: keyof Calls, args: readonly unknown[]): Promise<void> {
    let outcome: Outcome;
    try {
      const work = this.#calls[name] as (of: number, ...args: readonly unknown[]) => unknown;
      outcome = { value: await work(of, ...args) };
    } catch (error) {
      outcome = { error: plainError(error) };
    } finally {
      this.#checks.delete(of);
    }
    const answer: FromThread = { kind: 'answer', call, ...outcome };
    try {
      this.speaker.send(answer);
    } catch (error) {
      // For example, a record's values may contain a function.
      const text = `What ${name} of ${this.#className} gives is no plain data: ${messageOf(error)}`;
      this.speaker.send({ kind: 'answer', call, error: plainError(new ConnectError(text)) });
    }
  }

  #module(): Promise<unknown> {
    return (this.#exports ??= this.#importModule());
  }

  async #plugin(): Promise<ConnectorPlugin> {
    const found = exportedPlugins(await this.#module()).find((plugin) => plugin.className === this.#className);
    if (found === undefined) throw new ConnectError(`The module does not export ${this.#className} any more`);
    return found as ConnectorPlugin;
  }

  /** Loads the implementation once for the whole thread. */
  #load(): Promise<Implementation> {
    this.#loaded ??= this.#checkedLoad();
    this.#loaded.catch(() => (this.#loaded = undefined));
    return this.#loaded;
  }

  async #checkedLoad(): Promise<Implementation> {
    const implementation = (await (await this.#plugin()).load()) as Implementation | undefined;
    for (const part of ['createConnector', 'createTask'] as const)
      if (typeof implementation?.[part] !== 'function')
        throw new ConnectError(`What load of ${this.#className} gives has no ${part}: a function`);
    return implementation!;
  }

  async #newConnector(): Promise<SourceConnector> {
    const connector = (await this.#load()).createConnector() as SourceConnector | undefined;
    for (const part of ['start', 'taskConfigs', 'stop'] as const)
      if (typeof connector?.[part] !== 'function')
        throw new ConnectError(`The connector of ${this.#className} has no ${part}: a function`);
    return connector!;
  }

  async #typed(raw: RawConfig): Promise<Config> {
    return configOf((await this.#plugin()).config.map(wholeKey), raw);
  }

  async #shape(): Promise<Shape> {
    const { probe, choose } = await this.#load();
    const connector = await this.#newConnector();
    return {
      probe: typeof probe === 'function',
      choose: typeof choose === 'function',
      alterOffsets: typeof connector.alterOffsets === 'function',
      checkOffsets: typeof connector.checkOffsets === 'function',
      forget: typeof connector.forget === 'function',
    };
  }

  async #check(raw: RawConfig): Promise<ReturnType<Calls['check']>> {
    const plugin = await this.#plugin();
    return {
      keys: parseKeys(plugin.config.map(wholeKey), raw).map(({ key, value, given, errors }) => ({
        name: key.name,
        value,
        given,
        errors,
        recommended: [...((key as ConfigKey).recommend?.(raw) ?? [])],
        visible: key.visible?.(raw) ?? true,
      })),
      problems: (plugin.check?.(raw) ?? []).map(({ key, message }) => ({ key, message })),
    };
  }

  #probeContext(of: number): ProbeContext {
    const aborted = new AbortController();
    this.#checks.set(of, aborted);
    return {
      env: this.#envOf(of),
      signal: aborted.signal,
      refusal: (planned) => this.speaker.ask(of, 'refusal', planned),
      schemas: (topic) => this.speaker.ask(of, 'schemas', topic),
    };
  }

  async #startConnector(of: number, raw: RawConfig, name: string): Promise<void> {
    const aborted = new AbortController();
    const connector = await this.#newConnector();
    this.#connectors.set(of, { connector, aborted });
    const { speaker } = this;
    const context: SourceConnectorContext = {
      name,
      env: this.#envOf(of),
      signal: aborted.signal,
      requestReconfiguration: () => speaker.notify(of, 'requestReconfiguration'),
      raiseError: (error) => speaker.notify(of, 'raiseError', plainError(error)),
      declareTopic: (declaration) => speaker.notify(of, 'declareTopic', declaration),
      refusal: (planned) => speaker.ask(of, 'refusal', planned),
      offset: (partition) => speaker.ask(of, 'offset', partition),
      brought: () => speaker.ask(of, 'brought'),
      remark: (texts, gone = []) => speaker.notify(of, 'remarks', texts.map(String), gone.map(String)),
    };
    await connector.start(await this.#typed(raw), context);
  }

  #connector(of: number): ServedConnector {
    const found = this.#connectors.get(of);
    if (found === undefined) throw new ConnectError(`The connector of ${this.#className} has not been started`);
    return found;
  }

  #task(of: number): ServedTask {
    const found = this.#tasks.get(of);
    if (found === undefined) throw new ConnectError(`The task of ${this.#className} has not been started`);
    return found;
  }

  #part(of: number): ServedPart {
    const found = this.#parts.get(of);
    if (found === undefined) throw new ConnectError(`${this.#className} has not been started`);
    return found;
  }

  async #stop(of: number): Promise<void> {
    this.#parts.delete(of);
    const connector = this.#connectors.get(of);
    const task = this.#tasks.get(of);
    this.#connectors.delete(of);
    this.#tasks.delete(of);
    connector?.aborted.abort();
    await connector?.connector.stop();
    await task?.stop();
  }

  #envOf(of: number): Env {
    return { ...this.#env, logger: loggerOf(this.speaker, of, {}) };
  }
}

/** Writes to the log of the connector in the worker's thread. */
function loggerOf(speaker: Speaker, of: number, own: LogFields): Logger {
  const write = (level: Parameters<ThreadCalls['log']>[0]) => (message: string, fields?: LogFields) =>
    speaker.notify(of, 'log', level, String(message), { ...own, ...fields });
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => loggerOf(speaker, of, { ...own, ...fields }),
  };
}
