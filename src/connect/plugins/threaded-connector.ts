import type { Env } from '../../base/env.ts';
import type { Config, RawConfig } from '../api/config-spec.ts';
import type { ForgetContext, Forgotten, SourceConnectorContext } from '../api/connector.ts';
import type { Positions, Shape } from './messages.ts';
import { heardError } from './plugin-thread.ts';
import { Seat } from './seat.ts';
import type { ThreadPlace } from './threads.ts';

/** A connector whose code runs in another thread. */
export class ThreadedConnector {
  readonly #seat: Seat;
  readonly alterOffsets: ((config: Config, offsets: Positions) => Promise<void>) | undefined;
  readonly checkOffsets: ((config: Config, offsets: Positions) => Promise<void>) | undefined;
  readonly forget: ((config: Config, context: ForgetContext) => Promise<Forgotten>) | undefined;

  constructor(place: ThreadPlace, env: Env, has: Omit<Shape, 'probe' | 'choose'>) {
    this.#seat = new Seat(place, env);
    const positions = (how: 'alterOffsets' | 'checkOffsets') => (config: Config, offsets: Positions) =>
      this.#seat.once({}, (call) => call('offsets', how, config.raw, offsets));
    if (has.alterOffsets) this.alterOffsets = positions('alterOffsets');
    if (has.checkOffsets) this.checkOffsets = positions('checkOffsets');
    if (has.forget)
      this.forget = (config, { name, env: { logger }, offset }) =>
        this.#seat.once(
          { offset: (partition) => offset(partition), log: (level, text, fields) => logger[level](text, fields) },
          (call) => call('forget', config.raw, name),
        );
  }

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    const { env, name, signal } = context;
    this.#seat.take({
      signal,
      listener: {
        log: (level, message, fields) => env.logger[level](message, fields),
        requestReconfiguration: () => context.requestReconfiguration(),
        raiseError: (error) => context.raiseError(heardError(error)),
        declareTopic: (declaration) => context.declareTopic(declaration),
        refusal: (planned) => context.refusal(planned),
        offset: (partition) => context.offset(partition),
        brought: () => context.brought(),
        remarks: (texts, gone) => context.remark(texts, gone),
        ended: (cause) => context.raiseError(cause),
      },
    });
    await this.#seat.call('startConnector', config.raw, name);
  }

  taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return this.#seat.call('taskConfigs', maxTasks);
  }

  stop(): Promise<void> {
    return this.#seat.leave();
  }
}
