import type { ConfigKey, ParsedKey, RawConfig } from '../api/config-spec.ts';
import type { CheckedConfig } from '../api/connector.ts';
import { Deadline } from './deadline.ts';
import type { Calls, CheckedKey } from './messages.ts';
import type { PluginThread, ThreadOptions } from './plugin-thread.ts';
import { ThreadPlace } from './threads.ts';

/** The time limit for an examination of a plugin: a check of settings or a probe, in ms. */
const LOOK_MS = 15_000;
/** How long the thread of such examinations waits for the next one, since a statement makes several of them. */
const LINGER_MS = 10_000;

/** Examines code of a module briefly, in a separate thread, so that its defects harm nobody else. */
export class Looks {
  readonly #options: ThreadOptions;
  readonly #className: string;
  readonly #table: readonly ConfigKey[];
  readonly #place: ThreadPlace;

  constructor(
    options: ThreadOptions,
    what: { readonly specifier: string; readonly className: string },
    table: readonly ConfigKey[],
  ) {
    this.#options = options;
    this.#className = what.className;
    this.#table = table;
    this.#place = new ThreadPlace(options, what, LINGER_MS);
  }

  async call<K extends keyof Calls>(name: K, ...args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    return await this.inThread((thread, deadline) => deadline.of(thread.call(0, name, ...args)));
  }

  async inThread<T>(work: (thread: PluginThread, deadline: Deadline) => Promise<T>): Promise<T> {
    const thread = this.#place.enter();
    const sentence = `${this.#className} has not answered within ${LOOK_MS} ms`;
    const deadline = new Deadline(this.#options.env, LOOK_MS, sentence);
    try {
      return await work(thread, deadline);
    } finally {
      if (deadline.isOver) void thread.end(deadline.error);
      deadline.cancel();
      await this.#place.leave(thread);
    }
  }

  /** The parsed keys of a config, and the problems that its rules report. */
  async check(raw: RawConfig): Promise<CheckedConfig> {
    const { keys, problems } = await this.call('check', raw);
    return { keys: keys.map((key) => parsed(key, this.#table)), problems };
  }
}

/** Adds the results of its functions in the thread. */
function parsed(
  { name, value, given, errors, recommended, visible }: CheckedKey,
  table: readonly ConfigKey[],
): ParsedKey {
  const key = table.find((k) => k.name === name)!;
  return { key: { ...key, recommend: () => recommended, visible: () => visible }, value, given, errors };
}
