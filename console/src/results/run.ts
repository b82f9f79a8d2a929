import { signal } from '@preact/signals';
import { ClientError } from '../../../src/client/client-error.ts';
import { statementRoute } from '../../../src/cli/first-words.ts';
import { liveKeys, placesOf } from '../../../src/cli/live-keys.ts';
import { waitingForRows } from '../../../src/cli/waiting.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { messageOf, server, session } from '../server/server.ts';
import { Rows } from './rows.ts';

export type RunState = 'waiting' | 'running' | 'done' | 'stopped' | 'failed';

/** Lines that PRINT keeps. */
const LINES_KEPT = 2000;
/** After this long without a row the page explains the reason, in ms. */
const PATIENCE_MS = 1000;

let lastId = 0;

interface Place {
  readonly line: number;
  readonly column: number;
}

/** One statement that was sent, and its result. */
export class Run {
  readonly id = ++lastId;
  readonly text: string;
  /** The editor tab from which it was sent. */
  readonly tab: string;
  /**
   * The position of the statement in that tab: the number of lines above it, and what precedes it in its first line.
   */
  readonly place: Place;
  readonly state = signal<RunState>('waiting');
  readonly rows = signal<Rows | undefined>(undefined);
  readonly entities = signal<readonly Entity[]>([]);
  readonly lines = signal<readonly string[]>([]);
  readonly note = signal('');
  readonly error = signal<ClientError | undefined>(undefined);
  readonly tookMs = signal<number | undefined>(undefined);
  /** Whether it runs until it is stopped. */
  readonly isLive: boolean;
  readonly #abort = new AbortController();

  constructor(text: string, tab: string, place: Place) {
    this.text = text;
    this.tab = tab;
    this.place = place;
    const route = statementRoute(text);
    // CREATE ... AS SELECT ... EMIT CHANGES ends, and statements after it need what it creates.
    this.isLive = route === 'print' || (route === 'rows' && /\bEMIT\s+(?:CHANGES|FINAL)\b/i.test(text));
  }

  /** Runs to the end; resolves to whether it failed. */
  async start(): Promise<boolean> {
    const began = performance.now();
    this.state.value = 'running';
    try {
      const route = statementRoute(this.text);
      if (route === 'rows') await this.#query();
      else if (route === 'print') await this.#print();
      else await this.#execute();
      this.state.value = this.#abort.signal.aborted ? 'stopped' : 'done';
      return true;
    } catch (error) {
      if (this.#abort.signal.aborted) {
        this.state.value = 'stopped';
        return true;
      }
      const known = error instanceof ClientError ? error : new ClientError(0, { message: messageOf(error) }, error);
      this.entities.value = known.entities;
      this.error.value = known;
      this.state.value = 'failed';
      return false;
    } finally {
      this.tookMs.value = performance.now() - began;
    }
  }

  stop(): void {
    this.#abort.abort();
    if (this.state.value === 'waiting') this.state.value = 'stopped';
  }

  async #execute(): Promise<void> {
    this.entities.value = await server().execute(this.text, session.requestOptions(this.#abort.signal));
    this.note.value = session.remember(this.text);
  }

  async #query(): Promise<void> {
    const keyNames = this.isLive
      ? await liveKeys(this.text, session, this.#abort.signal).catch(() => undefined)
      : undefined;
    const stream = await server().streamQuery(this.text, {
      ...session.requestOptions(this.#abort.signal),
      tombstones: true,
    });
    stream.onNotice = (text) => (this.note.value = text);
    const { columnNames: columns, columnTypes: types } = stream;
    const rows = new Rows(columns, types, placesOf(keyNames, columns));
    this.rows.value = rows;
    const patience = setTimeout(() => void this.#explainSilence(stream.queryId, rows), PATIENCE_MS);
    try {
      for await (const batch of stream.textBatches()) {
        if (rows.total === 0) this.note.value = '';
        rows.add(batch);
      }
    } finally {
      clearTimeout(patience);
    }
  }

  async #explainSilence(queryId: string, rows: Rows): Promise<void> {
    if (!this.isLive || rows.total > 0) return;
    const note = await waitingForRows(session, this.text, queryId, this.#abort.signal).catch(() => '');
    if (rows.total === 0 && this.state.value === 'running')
      this.note.value = note.replace('Ctrl-C, then', 'run').replaceAll('\n', ' ');
  }

  async #print(): Promise<void> {
    let kept: string[] = [];
    let frame: number | undefined;
    for await (const line of server().print(this.text, session.requestOptions(this.#abort.signal))) {
      kept.push(line);
      if (kept.length > LINES_KEPT * 1.25) kept = kept.slice(-LINES_KEPT);
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        this.lines.value = [...kept];
      });
    }
    if (frame !== undefined) cancelAnimationFrame(frame);
    this.lines.value = kept;
  }
}
