import type { Env } from '../../../../../base/env.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import { POSTGRES_ERRORS } from '../../errors.ts';
import type { CaptureContext } from '../capture-context.ts';
import type { Received, SignalChannel } from './signal-channel.ts';
import { SignalFile } from './signal-file.ts';
import { SignalTopic } from './signal-topic.ts';

interface Surroundings {
  readonly timers: Env['timers'];
  readonly signal: AbortSignal;
  offset(partition: OffsetMap): OffsetMap | undefined;
  wake(): void;
  remark(text: string): void;
}

/** The channels that are enabled by the settings. */
export function signalWatch(
  { task, settings }: Pick<CaptureContext, 'task' | 'settings'>,
  around: Pick<Surroundings, 'signal' | 'wake'>,
): SignalWatch {
  const { topic, begin, file, everyMs, prefix } = settings.channels;
  const channels: SignalChannel[] = [];
  if (topic !== undefined) {
    // Connector names are case-insensitive.
    const name = task.connector.toLowerCase();
    const isOurs = (key: string): boolean => (prefix === undefined ? key.toLowerCase() === name : key === prefix);
    channels.push(new SignalTopic(topic ?? `${prefix ?? task.connector}-signal`, isOurs, begin, task));
  }
  if (file !== undefined) channels.push(new SignalFile(file, task));
  return new SignalWatch(channels, everyMs, {
    ...around,
    timers: task.env.timers,
    offset: (partition) => task.offset(partition),
    remark: (text) => task.remark(text),
  });
}

/** Signals received from a channel. */
export interface Brought extends Received {
  readonly channel: SignalChannel;
}

/** Polls the channels at intervals, one after the other; what one has received must be taken before the next poll. */
export class SignalWatch {
  readonly #channels: readonly SignalChannel[];
  readonly #everyMs: number;
  readonly #around: Surroundings;
  #found: Brought | undefined;
  #isHeld = false;
  #stopTimer: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(channels: readonly SignalChannel[], everyMs: number, around: Surroundings) {
    this.#channels = channels;
    this.#everyMs = everyMs;
    this.#around = around;
  }

  start(): void {
    if (this.#channels.length > 0) this.#next(0);
  }

  /** Returns what has been received, if anything. */
  take(): Brought | undefined {
    const found = this.#found;
    this.#found = undefined;
    return found;
  }

  /** What was taken has been committed. */
  async done({ channel }: Brought): Promise<void> {
    const isGone = (await channel.done?.()) === true;
    this.#isHeld = isGone;
    if (!isGone) return;
    this.#found = { signals: [], offset: null, channel };
    this.#around.wake();
  }

  async stop(): Promise<void> {
    this.#stopTimer();
    await this.#running;
  }

  #next(afterMs: number): void {
    const { timers, signal } = this.#around;
    if (signal.aborted) return;
    this.#stopTimer = timers.after(afterMs, () => {
      this.#running = this.#poll().finally(() => this.#next(this.#everyMs));
    });
  }

  async #poll(): Promise<void> {
    const { signal, offset, remark, wake } = this.#around;
    for (const channel of this.#channels) {
      if (signal.aborted || this.#isHeld) return;
      try {
        const received = await channel.read(offset(channel.partition));
        if (received === undefined) continue;
        this.#isHeld = true;
        this.#found = { ...received, channel };
        wake();
      } catch (error) {
        remark(`Signals cannot be read: ${POSTGRES_ERRORS.reasonOf(error)}`);
      }
    }
  }
}
