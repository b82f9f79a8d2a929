import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Env } from '../base/env.ts';
import { SluiceError } from '../base/errors.ts';
import { checkPages, checkStore, DATA_FILE, isUsed } from './store-check.ts';

/** The file beside a store's data that describes the state in which the store was closed. */
const MARK = 'closed.json';
/** The file that exists while a start opens the store. */
const OPENING = 'opening';
/** The maximum time to check the pages of a store that was not closed, in ms. */
const LOOK_MS = 1000;

/**
 * Checks a store before LMDB maps it, because a damaged one would end the process without a message. A store that was
 * closed and is unchanged since then is trusted. Otherwise its pages are checked, for at most a second; or the whole
 * store, when the previous start ended while opening it.
 * @param folder the data folder, which contains `store`
 * @param isSuspect the previous server was ended by a fault: the whole store is checked
 * @throws SluiceError LOG_CORRUPT
 */
export function checkBeforeOpen(folder: string, store: string, env: Env, isSuspect = false): void {
  const file = path.join(store, DATA_FILE);
  if (path.basename(store) === 'log' && isUsed(folder, store))
    throw damaged(folder, file, ['the folder has been used, and there is no data']);
  if (!existsSync(file) || statSync(file).size === 0) return;
  const wasOpening = isSuspect || existsSync(path.join(store, OPENING));
  if (!wasOpening && wasClosed(store)) return;
  const { clock, logger } = env;
  const untilMs = clock.monotonicMs() + LOOK_MS;
  const report = wasOpening ? checkStore(store) : checkPages(store, () => clock.monotonicMs() < untilMs);
  if (report.damage.length > 0) throw damaged(folder, file, report.damage);
  if (!report.complete)
    logger.info('The store was not closed, and is too large to be looked at before each start', {
      file,
      hint: `sluice check ${folder} looks at all of it`,
    });
}

/** To be called before the store is opened. */
export function markOpening(store: string): void {
  rmSync(path.join(store, MARK), { force: true });
  mark(store, OPENING, '');
}

/** To be called when the start has read everything it needs: the store can be opened. */
export function markOpened(store: string): void {
  rmSync(path.join(store, OPENING), { force: true });
}

/** To be called when the store is closed. */
export function markClosed(store: string): void {
  mark(store, MARK, JSON.stringify(stateOf(store)));
}

/** A full disk must not prevent a start: without the file, the next start checks the pages. */
function mark(store: string, name: string, text: string): void {
  try {
    writeFileSync(path.join(store, name), text, { mode: 0o600 });
  } catch {
    rmSync(path.join(store, name), { force: true });
  }
}

function wasClosed(store: string): boolean {
  try {
    return readFileSync(path.join(store, MARK), 'utf8') === JSON.stringify(stateOf(store));
  } catch {
    return false;
  }
}

function stateOf(store: string): { readonly bytes: number; readonly modifiedMs: number } {
  const { size, mtimeMs } = statSync(path.join(store, DATA_FILE));
  return { bytes: size, modifiedMs: mtimeMs };
}

function damaged(folder: string, file: string, damage: readonly string[]): SluiceError {
  const more = damage.length > 1 ? ` (and ${damage.length - 1} more)` : '';
  const isState = path.basename(path.dirname(file)) !== 'log';
  return new SluiceError('LOG_CORRUPT', `${file} is damaged and was not opened: ${damage[0]}${more}`, {
    hint: isState
      ? `Move the folder ${path.dirname(file)} away: state is read again from the changelogs on Kafka.`
      : `sluice check ${folder} tells all of it. Put back a copy of the folder, or start with another data.dir; keep this one, for most of it may be there.`,
  });
}
