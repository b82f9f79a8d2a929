import { statSync } from 'node:fs';
import type { Timers } from '../base/env.ts';

/**
 * Calls `onChange` after one of the files has become another: other bytes by size or time, or another file in its
 * place, as when a link of a mounted secret is turned. Looks every so often, for notices of file systems do not come
 * over mounts.
 * @param files asked for at each look
 * @returns ends the watch
 */
export function watchFiles(
  files: () => Iterable<string>,
  everyMs: number,
  timers: Timers,
  onChange: () => void | Promise<void>,
): () => void {
  let seen = signatureOf(files());
  let isOver = false;
  let cancel = (): void => undefined;
  const arm = (): void => {
    if (isOver) return;
    cancel = timers.after(everyMs, () => void look().finally(arm));
  };
  const look = async (): Promise<void> => {
    const now = signatureOf(files());
    if (now === seen) return;
    // Of before the change is read: what is written meanwhile is found by the next look.
    seen = now;
    await onChange();
  };
  arm();
  return () => {
    isOver = true;
    cancel();
  };
}

function signatureOf(files: Iterable<string>): string {
  return [...files]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? `${file} -` : `${file} ${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    })
    .join('\n');
}
