import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import xterm from '@xterm/headless';
import { expect, vi } from 'vitest';

/** A program in a pseudo-terminal, with an emulator that maintains the screen as a person would see it. */
export interface Terminal {
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** The rows of the screen, without trailing blanks. */
  screen(): string[];
  /** The complete output, including control sequences. */
  raw(): string;
  /** Row and column of the cursor, from 0. */
  cursor(): { readonly row: number; readonly column: number };
  /** Waits until the screen contains the text. */
  shows(text: string | RegExp): Promise<void>;
  readonly ended: Promise<number | null>;
  kill(): void;
}

/** Python's pty module provides the pseudo-terminal, because Node has none. */
export const HAS_PTY = spawnSync('python3', ['-c', 'import pty, fcntl, termios']).status === 0;

/**
 * Runs a command in a pseudo-terminal, by default with 80 columns and 24 rows. `env` adds to this process's
 * environment.
 */
export function openTerminal(
  command: readonly string[],
  options: { readonly columns?: number; readonly rows?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Terminal {
  const { columns = 80, rows = 24 } = options;
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 5000 });
  // Set only for the command, because finding Python may depend on HOME.
  const pairs = Object.entries({ TERM: 'xterm-256color', ...options.env }).map(([name, value]) => `${name}=${value}`);
  const child = spawn('python3', [
    path.join(import.meta.dirname, 'pseudo-terminal.py'),
    String(columns),
    String(rows),
    'env',
    ...pairs,
    ...command,
  ]);
  let raw = '';
  child.stdout.on('data', (data: Buffer) => {
    raw += data.toString();
    emulator.write(data);
  });
  const send = (message: unknown): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  const screen = (): string[] => {
    const { active } = emulator.buffer;
    return Array.from(
      { length: emulator.rows },
      (_, i) => active.getLine(active.baseY + i)?.translateToString(true) ?? '',
    );
  };
  return {
    type: (keys) => send({ keys }),
    resize: (c, r) => {
      emulator.resize(c, r);
      send({ size: [c, r] });
    },
    screen,
    raw: () => raw,
    cursor: () => ({ row: emulator.buffer.active.cursorY, column: emulator.buffer.active.cursorX }),
    shows: async (text) =>
      await vi.waitFor(
        () =>
          typeof text === 'string'
            ? expect(screen().join('\n')).toContain(text)
            : expect(screen().join('\n')).toMatch(text),
        { timeout: 8000, interval: 20 },
      ),
    ended: new Promise((resolve) => child.once('close', resolve)),
    kill: () => void child.kill(),
  };
}
