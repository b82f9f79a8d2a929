import { statSync } from 'node:fs';
import type { Timers } from '../base/env.ts';

/**
 * Calls `onChange` after one of the files has changed: a new size or modification time, or another file in its place,
 * for example when the symbolic link of a mounted secret is replaced. The files are polled, because file system
 * notifications do not work across mounts.
 * @param files called at each poll
 * @returns a function that ends the watch
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
    cancel = timers.after(everyMs, () => void check().finally(arm));
  };
  const check = async (): Promise<void> => {
    const now = signatureOf(files());
    if (now === seen) return;
    // The state from before `onChange`, so that the next poll finds what is written meanwhile.
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
