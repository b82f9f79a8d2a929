import type { Env } from '../base/env.ts';
import { Paces, ProgressDisplay, progressLine, type Progress } from '../cli/progress.ts';
import { forTerminal, type Screen } from '../cli/screen.ts';
import { styleFor } from '../cli/render/style.ts';
import type { Engine } from '../engine/engine.ts';
import type { QueryHost } from '../engine/queries/query-host.ts';
import { createLogger } from '../host/logger.ts';
import { nodeEnv } from '../host/node-env.ts';

/** The current stage of a start, and its progress if it can be counted. */
export interface StartStage {
  readonly name: string;
  readonly done?: number;
  readonly total?: number;
  /** The unit of the counts. */
  readonly unit?: string;
}

/** The interval between lines when nothing can be drawn in place, in ms; most starts take less. */
const LINE_MS = 1000;
/** The interval between redraws of a bar, in ms. */
const DRAW_MS = 100;
/** How long after a start restores may begin, in ms: the members of a group must join it first. */
const RESTORES_BEGIN_MS = 10_000;

/** Runs a start and shows its current stage: in place on a terminal, otherwise one line per second. */
export async function showStart<T>(
  work: (onProgress: (stage: StartStage) => void) => Promise<T>,
  screen: Screen = screenOfProcess(),
  env: Pick<Env, 'clock' | 'timers'> = nodeEnv(createLogger('silent')),
): Promise<T> {
  const { clock, timers } = env;
  const display = new ProgressDisplay(screen);
  const isLive = screen.isLive?.() === true;
  const begunMs = clock.monotonicMs();
  const paces = new Paces();
  let stage: StartStage = { name: 'Starting' };
  let nextMs = isLive ? begunMs : begunMs + LINE_MS;
  // The work may block timers, so progress is also shown whenever it is reported.
  const show = (): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs < nextMs) return;
    nextMs = nowMs + (isLive ? DRAW_MS : LINE_MS);
    const { name, done, total = 0, unit = '' } = stage;
    const seconds = Math.round((nowMs - begunMs) / 1000);
    const line =
      done === undefined || total === 0
        ? `${name} ...${seconds === 0 ? '' : ` ${seconds} s`}`
        : progressLine(paces.of({ name, done, total, unit }, nowMs));
    void display.show([line]);
  };
  show();
  const over = new AbortController();
  const ticking = (async () => {
    while (!over.signal.aborted) {
      await timers.sleep(isLive ? DRAW_MS : LINE_MS, over.signal).catch(() => undefined);
      if (!over.signal.aborted) show();
    }
  })();
  try {
    return await work((now) => {
      stage = now;
      show();
    });
  } finally {
    over.abort();
    await ticking;
    await display.clear();
  }
}

type Restoring = Pick<Engine, 'catalog'> & { readonly services: { readonly queries: Pick<QueryHost, 'status'> } };

/**
 * Shows the restore of queries' state after a start until it is complete or the signal aborts: as bars, or one line
 * each.
 */
export async function followRestores(
  engine: Restoring,
  signal: AbortSignal,
  screen: Screen = screenOfProcess(),
  env: Pick<Env, 'clock' | 'timers'> = nodeEnv(createLogger('silent')),
): Promise<void> {
  const display = new ProgressDisplay(screen);
  const paces = new Paces();
  const untilMs = env.clock.monotonicMs() + RESTORES_BEGIN_MS;
  for (;;) {
    const nowMs = env.clock.monotonicMs();
    const all = restoresOf(engine);
    if (signal.aborted || (all.length === 0 && nowMs >= untilMs)) break;
    if (all.length === 0) await display.clear();
    else await display.show(all.map((p) => progressLine(paces.of(p, nowMs))));
    await env.timers.sleep(LINE_MS, signal).catch(() => undefined);
  }
  await display.clear();
}

function restoresOf({ catalog, services }: Restoring): Progress[] {
  return [...catalog.queries.keys()].flatMap((id) => {
    const restore = services.queries.status(id)?.restore;
    return restore === undefined
      ? []
      : [{ name: `Restore of ${id}`, done: restore.restored, total: restore.total, unit: 'changes' }];
  });
}

/** Lines go to standard error, because a program may read standard output. */
function screenOfProcess(): Screen {
  const { stdout, stderr } = process;
  return {
    style: styleFor(false),
    // A terminal that does not report its size is assumed to have 80 columns and 24 rows.
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    isLive: () => stdout.isTTY && process.env['TERM'] !== 'dumb',
    write: async (text) => void stdout.write(forTerminal(text)),
    writeError: async (text) => void stderr.write(forTerminal(text)),
  };
}
