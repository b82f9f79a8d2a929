import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** The number of keys typed at once, and the pause after them in ms: slow enough to look like typing. */
const KEYS = 6;
const REST_MS = 8;

/**
 * The console's keyboard and screen: statements are typed into its input stream, and its output is forwarded and
 * recorded. Later the real keyboard takes over.
 */
export class Typist {
  readonly input = new PassThrough() as PassThrough & { isTTY?: boolean; setRawMode?: (raw: boolean) => void };
  readonly output: Writable & { columns?: number; rows?: number; isTTY?: boolean };
  readonly #terminal: boolean;
  #shown = '';
  #waiters: (() => void)[] = [];

  readonly #pauseMs: number;

  /** @param pauseMs pause between two statements */
  constructor(terminal: boolean, pauseMs: number) {
    this.#terminal = terminal;
    this.#pauseMs = pauseMs;
    const remember = (text: string): void => {
      this.#shown += text;
    };
    this.output = new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        remember(chunk.toString());
        if (process.stdout.write(chunk)) done();
        else process.stdout.once('drain', done);
      },
    });
    if (terminal) {
      this.input.isTTY = true;
      // The keyboard is in raw mode while the console reads from it.
      this.input.setRawMode = () => undefined;
      Object.defineProperties(this.output, {
        isTTY: { get: () => true },
        columns: { get: () => process.stdout.columns },
        rows: { get: () => process.stdout.rows },
      });
      process.stdout.on('resize', () => this.output.emit('resize'));
    }
  }

  /** To be passed to the console as `onIdle`. */
  readonly onIdle = (): void => {
    for (const waiter of this.#waiters.splice(0)) waiter();
  };

  /** The output since the start of the last statement. */
  get screen(): string {
    return this.#shown.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  }

  /** Types a statement and Enter; resolves when the console has executed it. */
  async type(statement: string): Promise<string> {
    const idle = new Promise<void>((resolve) => this.#waiters.push(resolve));
    this.#shown = '';
    if (this.#terminal) {
      const keys = statement.replaceAll('\n', '\r');
      for (let at = 0; at < keys.length; at += KEYS) {
        this.input.write(keys.slice(at, at + KEYS));
        await sleep(REST_MS);
      }
      this.input.write('\r');
    } else {
      this.input.write(`${statement}\n`);
    }
    await idle;
    const { screen } = this;
    if (this.#pauseMs > 0 && !statement.startsWith('--')) await sleep(this.#pauseMs);
    return screen;
  }

  /** Connects the real keyboard from here on. */
  handOver(): void {
    process.stdin.setRawMode(true);
    process.stdin.pipe(this.input);
  }

  /** Shows an explanatory line, which the console treats as a comment. */
  async say(text: string): Promise<void> {
    await this.type(`-- ${text}`);
  }

  /** Resolves when the screen shows a text; rejects after `ms`. */
  async shows(text: string, ms: number): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(2))
      if (this.screen.includes(text)) return;
    throw new Error(`${JSON.stringify(text)} did not show up within ${ms} ms`);
  }
}
