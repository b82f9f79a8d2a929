import { must } from '../base/assert.ts';
import { visibleText } from '../base/visible-text.ts';
import type { Env } from '../base/env.ts';
import { messageOf } from '../base/errors.ts';
import { ClientError } from '../client/client-error.ts';
import type { RowStream } from '../client/row-stream.ts';
import { splitStatements } from '../sql/split.ts';
import type { ConsoleFiles } from './files.ts';
import { statementRoute } from './first-words.ts';
import { liveKeys, placesOf, type KeyPlaces, type LiveKeys } from './live-keys.ts';
import { LiveScreen } from './live-screen.ts';
import { entityCsv } from './render/entity-csv.ts';
import { LiveTable } from './render/live-table.ts';
import { renderEntity } from './render/entities.ts';
import { renderError } from './render/error.ts';
import { ProgressDisplay, progressLine } from './progress.ts';
import { isForPrograms, isJson, rowPrinter } from './render/rows.ts';
import { foldText, printable, printableBelow, wrapText } from './render/width.ts';
import type { Screen } from './screen.ts';
import type { ConsoleSession } from './session.ts';
import { unfinishedText } from './unfinished.ts';
import { printLimit, waitingForMore, waitingForRecords, waitingForRows } from './waiting.ts';
import { scriptProblem, scriptName, type ScriptPlace, placeText, inScript, lineAt } from './script-place.ts';

/** Recognizes a push query by its text. */
const LIVE = /\bEMIT\s+CHANGES\b/i;
const SCRIPT_DEPTH_MAX = 8;
/** The interval of a script's progress lines, in ms. */
const PROGRESS_MS = 1000;
/** A result longer than this, in characters, is shown as it arrives, and not in the pager. */
const HELD_MAX = 4 << 20;
/** How long the console waits for a row before it explains why there is none, in ms. */
const PATIENCE_MS = 1000;

/** Executes statements and shows their results. */
export class Executor {
  readonly #session: ConsoleSession;
  readonly #screen: Screen;
  readonly #progress: ProgressDisplay;
  readonly #files: ConsoleFiles;
  readonly #env: Env;
  #count = 0;

  constructor(session: ConsoleSession, screen: Screen, files: ConsoleFiles, env: Env) {
    this.#session = session;
    this.#progress = new ProgressDisplay(screen);
    // Progress that is drawn in place is erased before anything else is written.
    this.#screen = {
      ...screen,
      write: async (text) => {
        await this.#progress.clear();
        await screen.write(text);
      },
      writeError: async (text) => {
        await this.#progress.clear();
        await screen.writeError(text);
      },
    };
    this.#files = files;
    this.#env = env;
  }

  /** The number of statements that were begun. */
  get count(): number {
    return this.#count;
  }

  /**
   * Executes one statement. False if it failed, after the error was shown. An abort ends a query and is not a failure.
   */
  async statement(text: string, signal: AbortSignal, depth = 0, place?: ScriptPlace): Promise<boolean> {
    this.#count++;
    try {
      const script = /^RUN\s+SCRIPT\s+'((?:[^']|'')*)'\s*;?$/is.exec(text.trim());
      if (script)
        return await this.scriptFile(must(script[1], 'group 1 of the match').replaceAll("''", "'"), signal, depth + 1);
      const startMs = this.#env.clock.monotonicMs();
      switch (statementRoute(text)) {
        case 'rows':
          await this.#query(text, signal);
          break;
        case 'print':
          await this.#print(text, signal);
          break;
        default:
          await this.#execute(text, signal);
      }
      if (this.#session.timing && !isForPrograms(this.#session.output))
        await this.#screen.write(`Time: ${(this.#env.clock.monotonicMs() - startMs).toFixed(1)} ms\n`);
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      // Show the results of the preceding statements of the same request.
      if (error instanceof ClientError) for (const entity of error.entities) await this.#show(entity);
      await this.fail(error, text, place);
      return false;
    }
  }

  /**
   * Executes a script up to its first error. As in ksqlDB's scripts, text after the last semicolon is a statement too.
   */
  async script(text: string, signal: AbortSignal, depth = 0, file?: string): Promise<boolean> {
    const split = splitStatements(text);
    const statements = split.statements.map((s): { text: string; start: number } => s);
    const restStart = split.restStart + split.rest.length - split.rest.trimStart().length;
    if (split.state === 'unfinished') statements.push({ text: split.rest.trim(), start: restStart });
    else if (split.state !== 'complete') {
      const where = placeText({ file, line: lineAt(text, restStart) });
      await this.#screen.writeError(
        `${this.#screen.style.error(`${where}${printable(unfinishedText(split.state, split.rest))}`)}\n`,
      );
      return false;
    }
    // Errors in a one-line text without a file need no position in the script.
    const placed = file !== undefined || text.trim().includes('\n');
    const beganMs = this.#env.clock.monotonicMs();
    let shownMs = beganMs;
    for (const [done, { text: statement, start }] of statements.entries()) {
      if (signal.aborted) return true;
      const now = this.#env.clock.monotonicMs();
      // Short scripts show no progress.
      if (statements.length > 1 && now - shownMs >= PROGRESS_MS && !isForPrograms(this.#session.output)) {
        shownMs = now;
        const rate = (done * 1000) / (now - beganMs);
        const progress = { name: scriptName(file), done, total: statements.length, unit: 'statements', rate };
        await this.#progress.show([progressLine(progress)]);
      }
      const local = statement.endsWith(';') ? statement : `${statement};`;
      const place = placed ? { file, line: lineAt(text, start) } : undefined;
      if (!(await this.statement(local, signal, depth, place))) return false;
    }
    await this.#progress.clear();
    return true;
  }

  async scriptFile(path: string, signal: AbortSignal, depth = 0): Promise<boolean> {
    if (depth > SCRIPT_DEPTH_MAX) {
      await this.#screen.writeError(
        `${this.#screen.style.error(`Scripts are nested deeper than ${SCRIPT_DEPTH_MAX}`)}\n`,
      );
      return false;
    }
    let text: string;
    try {
      text = await this.#files.read(path);
    } catch (error) {
      await this.#screen.writeError(
        `${this.#screen.style.error(`Failed to read script ${path}: ${scriptProblem(error, path)}`)}\n`,
      );
      return false;
    }
    return await this.script(text, signal, depth, path);
  }

  async fail(error: unknown, statement: string, place?: ScriptPlace): Promise<void> {
    if (isJson(this.#session.output)) {
      const failure = error instanceof ClientError ? error : undefined;
      const body = {
        '@type': 'statement_error',
        error_code: failure?.errorCode,
        code: failure?.code,
        message: messageOf(error),
        hint: failure?.hint,
        ...(place?.file === undefined ? {} : { file: place.file }),
        line: place === undefined ? failure?.line : place.line + (failure?.line ?? 1) - 1,
        column: failure?.column,
      };
      await this.#screen.writeError(`${visibleText(JSON.stringify(body))}\n`);
      return;
    }
    const text = renderError(error, statement, this.#screen.style, this.#screen.size().columns);
    await this.#screen.writeError(`${place === undefined ? text : inScript(text, place, error)}\n`);
  }

  async #execute(text: string, signal: AbortSignal): Promise<void> {
    const entities = await this.#session.client.execute(text, this.#session.requestOptions(signal));
    for (const entity of entities) await this.#show(entity);
    const note = this.#session.remember(text);
    if (note !== '' && !isForPrograms(this.#session.output)) await this.#screen.write(`${note}\n`);
  }

  async #show(entity: Parameters<typeof renderEntity>[0]): Promise<void> {
    const { output } = this.#session;
    const csv = output === 'csv' ? entityCsv(entity, this.#isTerminal()) : undefined;
    // Warnings go to the error output, so that they do not mix with CSV for a program.
    if (csv !== undefined)
      for (const { message } of entity.warnings) await this.#screen.writeError(`WARNING: ${printableBelow(message)}\n`);
    const text = isJson(output)
      ? visibleText(JSON.stringify(entity))
      : (csv ?? renderEntity(entity, this.#screen.size().columns, this.#session));
    if (text !== '') await this.#put(`${text}\n`);
  }

  /** Whether results appear on a terminal, and not in a file or a pipe. */
  #isTerminal(): boolean {
    return Number.isFinite(this.#screen.size().columns);
  }

  /** Shows a complete result: in the pager if it is taller than the screen. */
  async #put(text: string): Promise<void> {
    const { rows } = this.#screen.size();
    const isTall = rows > 0 && this.#screen.isLive?.() === true && text.split('\n').length > rows;
    if (isTall && this.#session.pager && (await this.#screen.page?.(text)) === true) return;
    await this.#screen.write(text);
  }

  async #query(text: string, signal: AbortSignal): Promise<void> {
    const isPush = LIVE.test(text);
    const isLive = isPush && this.#screen.isLive?.() === true && !isForPrograms(this.#session.output);
    const keys = isLive && this.#session.output === 'table' ? await this.#keysOf(text, signal) : undefined;
    const stream = await this.#session.client.streamQuery(text, {
      ...this.#session.requestOptions(signal),
      ...(keys !== undefined && { tombstones: true }),
    });
    const places = placesOf(keys, stream.columnNames);
    if (places !== undefined) await this.#liveTable(text, stream, places, signal);
    else await this.#rows(text, stream, isPush, isLive, signal);
    if (signal.aborted && !isForPrograms(this.#session.output)) await this.#screen.write('Query terminated\n');
  }

  /** The key of a live table; undefined when it cannot be determined: then rows are shown as they arrive. */
  async #keysOf(text: string, signal: AbortSignal): Promise<LiveKeys | undefined> {
    return await liveKeys(text, this.#session, signal).catch(() => undefined);
  }

  async #liveTable(text: string, stream: RowStream, keys: KeyPlaces, signal: AbortSignal): Promise<void> {
    const table = new LiveTable(
      stream.columnNames,
      stream.columnTypes,
      keys,
      this.#session.nullText,
      this.#session.foldsTables,
    );
    const live = new LiveScreen(this.#screen, this.#env, (columns, rows) => table.lines(columns, rows));
    stream.onNotice = (note) => void live.append(`${foldText(printableBelow(note), this.#screen.size().columns)}\n`);
    const patience = this.#patience(
      true,
      async () => await waitingForRows(this.#session, text, stream.queryId, signal),
      async (note) => await live.append(note),
    );
    try {
      for await (const batch of stream.textBatches()) {
        patience.end();
        table.add(batch);
        live.count(batch.length);
      }
    } finally {
      patience.end();
      await live.end();
    }
    await this.#screen.write(`${table.summary()}\n`);
  }

  async #rows(text: string, stream: RowStream, isPush: boolean, isLive: boolean, signal: AbortSignal): Promise<void> {
    const { columns, rows } = this.#screen.size();
    const isPaged =
      !isPush && this.#session.pager && this.#screen.isLive?.() === true && this.#screen.page !== undefined;
    const printer = rowPrinter(
      this.#session.output,
      stream.columnNames,
      stream.columnTypes,
      this.#session.foldsTables ? columns : Number.POSITIVE_INFINITY,
      isPaged ? 0 : rows,
      this.#session.nullText,
      this.#isTerminal(),
    );
    const live = isLive ? new LiveScreen(this.#screen, this.#env) : undefined;
    // The result of a query that ends is held back as long as it may be shown in the pager as one text.
    let held = '';
    let isHeld = isPaged;
    const letGo = async (): Promise<void> => {
      if (!isHeld) return;
      isHeld = false;
      await this.#screen.write(held);
    };
    const cancelHold = isHeld ? this.#env.timers.after(PATIENCE_MS, () => void letGo()) : undefined;
    const write = async (shown: string): Promise<void> => {
      if (isHeld) {
        held += shown;
        if (held.length >= HELD_MAX) await letGo();
      } else if (live !== undefined) await live.append(shown);
      else await this.#screen.write(shown);
    };
    stream.onNotice = (note) => {
      const shown = `${foldText(printableBelow(note), columns)}\n`;
      void (live === undefined ? this.#screen.writeError(shown) : live.append(shown));
    };
    const patience = this.#patience(
      isPush,
      async (still) => {
        const note = await waitingForRows(this.#session, text, stream.queryId, signal);
        if (still()) await write(printer.head());
        return note;
      },
      live === undefined ? undefined : async (note) => await live.append(note),
    );
    try {
      for await (const batch of stream.textBatches()) {
        patience.end();
        live?.count(batch.length);
        await write(printer.print(batch));
      }
    } finally {
      patience.end();
      cancelHold?.();
      await live?.end();
    }
    if (isHeld) await this.#put(held + printer.end());
    else await this.#screen.write(printer.end());
  }

  async #print(text: string, signal: AbortSignal): Promise<void> {
    let patience = this.#patience(true, async () => await Promise.resolve(waitingForRecords(text)));
    const limit = printLimit(text);
    let count = 0;
    try {
      for await (const line of this.#session.client.print(text, this.#session.requestOptions(signal))) {
        patience.end();
        await this.#screen.write(`${printable(line)}\n`);
        if (limit === undefined || !line.startsWith('rowtime: ')) continue;
        const seen = ++count;
        if (seen < limit)
          patience = this.#patience(true, async () => await Promise.resolve(waitingForMore(text, seen, limit)));
      }
    } finally {
      patience.end();
    }
  }

  /**
   * Explains why nothing is shown, after a second without a result. In scripts the explanation goes to the error
   * output, because it is not a result.
   */
  #patience(
    wanted: boolean,
    note: (still: () => boolean) => Promise<string>,
    show: (text: string) => Promise<void> = (text) => this.#screen.writeError(text),
  ): { end(): void } {
    if (!wanted || isForPrograms(this.#session.output)) return { end: () => undefined };
    let waiting = true;
    const cancel = this.#env.timers.after(PATIENCE_MS, () => {
      note(() => waiting).then(
        async (text) => {
          if (waiting && text !== '') {
            const lines = wrapText(printable(text), this.#screen.size().columns);
            await show(`${lines.map(this.#screen.style.dim).join('\n')}\n`);
          }
        },
        () => undefined,
      );
    });
    return {
      end: () => {
        waiting = false;
        cancel();
      },
    };
  }
}
