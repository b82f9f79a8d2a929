import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import type { EmbeddedWriter } from '../../src/log/embedded/embedded-writer.ts';
import type { PackedEntries } from '../../src/store/ordered-store.ts';
import type { CommittedOffset, LogWriter, WriterOptions } from '../../src/log/api.ts';
import type { Env } from '../../src/base/env.ts';

/** Faults that are injected to verify that the simulation finds them. */
export type Plant = 'lost wake-up' | 'commit before its output' | 'retention off by one';

export const PLANTS: readonly Plant[] = ['lost wake-up', 'commit before its output', 'retention off by one'];

const LOST_TURNS = 0.003;

/** Sometimes loses the wake-up of a waiter. */
export function forgetful(env: Env): Env {
  const { timers, random } = env;
  const turn = (): Promise<void> => (random.next() < LOST_TURNS ? new Promise(() => undefined) : timers.turn());
  return { ...env, timers: { ...timers, turn } };
}

/** Commits offsets in a separate transaction, a moment before the output. */
export function hasty(log: EmbeddedLog, env: Env): void {
  const createWriter = log.createWriter.bind(log);
  log.createWriter = async (options: WriterOptions) =>
    new HastyWriter(await createWriter(options), env) as unknown as EmbeddedWriter;
}

class HastyWriter implements LogWriter {
  readonly sharesState: boolean;
  readonly #inner: EmbeddedWriter;
  readonly #env: Env;
  #later: ((writer: LogWriter) => void)[] = [];

  constructor(inner: EmbeddedWriter, env: Env) {
    this.#inner = inner;
    this.#env = env;
    this.sharesState = inner.sharesState;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes;
  }

  append(topic: string, partition: number, batch: Buffer, owned?: boolean): void {
    const bytes = owned === true ? batch : Buffer.from(batch);
    this.#later.push((writer) => writer.append(topic, partition, bytes, true));
  }

  commitOffsets(group: string, offsets: readonly CommittedOffset[]): void {
    this.#inner.commitOffsets(group, offsets);
  }

  putState(space: string, key: Uint8Array, value: Uint8Array | null): void {
    this.#inner.putState(space, key, value);
  }

  putPacked(packed: PackedEntries): void {
    this.#inner.putPacked(packed);
  }

  async commit(): Promise<void> {
    await this.#inner.commit();
    if (this.#later.length === 0) return;
    await this.#env.timers.sleep(1);
    for (const put of this.#later.splice(0)) put(this.#inner);
    await this.#inner.commit();
  }

  async abort(): Promise<void> {
    this.#later = [];
    await this.#inner.abort();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
