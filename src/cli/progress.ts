import type { Env } from '../base/env.ts';
import type { Screen } from './screen.ts';
import { fieldsOf, listOf, textOf } from './render/fields.ts';
import { displayWidth, pad, printableLine } from './render/width.ts';
import type { ConsoleSession } from './session.ts';
import { quoteName } from '../sql/printer/names.ts';

/** The progress of a long task. */
export interface Progress {
  readonly name: string;
  readonly done: number;
  /** 0: unknown. */
  readonly total: number;
  /** The unit of the counts: `rows`, `statements` ... */
  readonly unit: string;
  /** Units per second, if known. */
  readonly rate?: number | undefined;
}

const BAR = 24;
/** The interval of updates, in ms: one line per second when nothing can be drawn in place. */
const EVERY_MS = 1000;
/** The interval of checks whether a task has begun, in ms. */
const BEGINNING_MS = 250;

/** `users      ▕████████░░░░░░░░▏  50 %  500 of 1,000 rows, 100/s, 5 s left`; `users  500 rows so far, 100/s` */
export function progressLine({ name: given, done, total, unit, rate }: Progress, names = 0): string {
  const name = printableLine(given);
  const speed = rate !== undefined && rate > 0 ? `, ${count(rate)}/s` : '';
  if (total === 0) return `${pad(name, names)}  ${count(done)} ${unit} so far${speed}`;
  const share = total <= 0 ? 0 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR);
  const left = rate !== undefined && rate > 0 && total > done ? `, ${duration((total - done) / rate)} left` : '';
  return `${pad(name, names)} ▕${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}▏ ${String(Math.floor(share * 100)).padStart(3)} %  ${count(done)} of ${count(total)} ${unit}${speed}${left}`;
}

/** Estimates the speed of tasks that do not report one, from the progress since they were first seen. */
export class Paces {
  readonly #first = new Map<string, { readonly atMs: number; readonly done: number }>();

  of(progress: Progress, nowMs: number): Progress {
    const first = this.#first.get(progress.name);
    // Lower progress means another task of the same name.
    if (first === undefined || progress.done < first.done) {
      this.#first.set(progress.name, { atMs: nowMs, done: progress.done });
      return progress;
    }
    const seconds = (nowMs - first.atMs) / 1000;
    return progress.rate !== undefined || seconds < 1
      ? progress
      : { ...progress, rate: (progress.done - first.done) / seconds };
  }
}

/**
 * The first readings of source connectors and the restores of queries' state that are in progress.
 * @throws ClientError
 */
export async function readProgress(session: ConsoleSession, signal: AbortSignal): Promise<Progress[]> {
  return (await poll(session, signal)).found;
}

/** The tasks in progress, and the names of the connectors whose first readings are complete. */
async function poll(
  session: ConsoleSession,
  signal: AbortSignal,
): Promise<{ readonly found: Progress[]; readonly done: ReadonlySet<string> }> {
  const options = session.requestOptions(signal);
  const found: Progress[] = [];
  const done = new Set<string>();
  const queries = await session.client.execute('SHOW QUERIES EXTENDED;', options);
  for (const query of queries.flatMap((e) => listOf(e['queryDescriptions']))) {
    if (query['restoreProgress'] === undefined) continue;
    const { restoredOffsets, totalOffsets } = fieldsOf(query['restoreProgress']);
    found.push({
      name: `Restore of ${textOf(query['id'])}`,
      done: Number(restoredOffsets),
      total: Number(totalOffsets),
      unit: 'changes',
    });
  }
  // A server without Connect has no connectors.
  const connectors = await session.client.execute('SHOW SOURCE CONNECTORS;', options).catch(() => []);
  for (const connector of connectors.flatMap((e) => listOf(e['connectors']))) {
    const name = textOf(connector['name']);
    const [described] = await session.client.execute(`DESCRIBE CONNECTOR ${quoteName(name)};`, options).catch(() => []);
    const readings = listOf(described?.['progress']);
    if (readings.length > 0 && readings.every((reading) => reading['state'] === 'done')) done.add(name.toUpperCase());
    for (const reading of readings) {
      if (reading['state'] === 'done') continue;
      const rows = Number(reading['rows']);
      found.push({
        name: `${name}: ${textOf(reading['name'])}`,
        done: rows,
        // The database's estimate, which the real number may exceed. A source that polls does not request an estimate.
        total: Number(reading['estimate']) === 0 ? 0 : Math.max(rows, Number(reading['estimate'])),
        unit: 'rows',
        rate: Number(reading['rowsPerSecond']),
      });
    }
  }
  return { found, done };
}

/**
 * Shows the tasks in progress until they are complete or the signal aborts; false when there were none. The tasks
 * themselves continue regardless.
 * @param begins how long to wait for a task to begin (in ms), and the connector whose first readings are then shown
 */
export async function followProgress(
  session: ConsoleSession,
  screen: Screen,
  env: Env,
  signal: AbortSignal,
  begins: { readonly connector: string; readonly patienceMs: number } = { connector: '', patienceMs: 0 },
): Promise<boolean> {
  const display = new ProgressDisplay(screen);
  const paces = new Paces();
  let any = false;
  let waitedMs = 0;
  try {
    while (!signal.aborted) {
      const { found: all, done } = await poll(session, signal);
      if (all.length === 0) {
        if (any || waitedMs >= begins.patienceMs || done.has(begins.connector.toUpperCase())) break;
        waitedMs += BEGINNING_MS;
        await env.timers.sleep(BEGINNING_MS, signal).catch(() => undefined);
        continue;
      }
      any = true;
      const names = Math.max(...all.map((p) => displayWidth(printableLine(p.name))));
      const nowMs = env.clock.monotonicMs();
      await display.show(all.map((p) => progressLine(paces.of(p, nowMs), names)));
      await env.timers.sleep(EVERY_MS, signal).catch(() => undefined);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await display.clear();
  }
  return any;
}

/** Progress lines: redrawn in place on a terminal, otherwise written one after the other to the error output. */
export class ProgressDisplay {
  readonly #screen: Screen;
  #drawn = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  async show(lines: readonly string[]): Promise<void> {
    if (this.#screen.isLive?.() !== true) return await this.#screen.writeError(`${lines.join('\n')}\n`);
    const { columns, rows } = this.#screen.size();
    const shown = lines.slice(0, Math.max(1, rows - 1)).map((line) => cutTo(line, columns - 1));
    const erase = this.#erased();
    this.#drawn = shown.length;
    await this.#screen.write(erase + shown.join('\n'));
  }

  async clear(): Promise<void> {
    const erase = this.#erased();
    if (erase !== '') await this.#screen.write(erase);
  }

  #erased(): string {
    const up = this.#drawn;
    this.#drawn = 0;
    return up === 0 ? '' : `${up > 1 ? `\u001b[${up - 1}A` : ''}\r\u001b[J`;
  }
}

function cutTo(line: string, columns: number): string {
  return displayWidth(line) <= columns ? line : line.slice(0, Math.max(0, columns));
}

function count(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

function duration(seconds: number): string {
  const s = Math.ceil(seconds);
  return s < 120 ? `${s} s` : s < 7200 ? `${Math.ceil(s / 60)} min` : `${Math.ceil(s / 3600)} h`;
}
