/** A key as reported by Node's readline (`emitKeypressEvents`). */
export interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

/** The action of a key in the editor. */
export type Command =
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'line-start'
  | 'line-end'
  | 'start'
  | 'end'
  | 'up'
  | 'down'
  | 'older'
  | 'newer'
  | 'backspace'
  | 'delete'
  | 'delete-or-leave'
  | 'kill-to-end'
  | 'kill-to-start'
  | 'kill-word-left'
  | 'kill-word-right'
  | 'yank'
  | 'undo'
  | 'enter'
  | 'new-line'
  | 'complete'
  | 'interrupt'
  | 'clear-screen'
  | 'search'
  | 'external-editor'
  | 'suspend'
  | 'cancel';

/** The Emacs key bindings of readline; the name of the key is prefixed by `ctrl-`, `meta-` and `shift-`. */
const KEYS: Readonly<Record<string, Command>> = {
  left: 'left',
  'ctrl-b': 'left',
  right: 'right',
  'ctrl-f': 'right',
  'ctrl-left': 'word-left',
  'meta-left': 'word-left',
  'meta-b': 'word-left',
  'ctrl-right': 'word-right',
  'meta-right': 'word-right',
  'meta-f': 'word-right',
  home: 'line-start',
  'ctrl-a': 'line-start',
  end: 'line-end',
  'ctrl-e': 'line-end',
  'ctrl-home': 'start',
  'ctrl-end': 'end',
  up: 'up',
  down: 'down',
  'ctrl-p': 'older',
  'ctrl-up': 'older',
  pageup: 'older',
  'ctrl-n': 'newer',
  'ctrl-down': 'newer',
  pagedown: 'newer',
  backspace: 'backspace',
  'ctrl-h': 'backspace',
  'shift-backspace': 'backspace',
  delete: 'delete',
  'ctrl-d': 'delete-or-leave',
  'ctrl-k': 'kill-to-end',
  'ctrl-u': 'kill-to-start',
  'ctrl-w': 'kill-word-left',
  'ctrl-backspace': 'kill-word-left',
  'meta-backspace': 'kill-word-left',
  'meta-d': 'kill-word-right',
  'ctrl-delete': 'kill-word-right',
  'ctrl-y': 'yank',
  'ctrl-_': 'undo',
  'ctrl-/': 'undo',
  return: 'enter',
  enter: 'enter',
  'meta-return': 'new-line',
  'meta-enter': 'new-line',
  'ctrl-j': 'enter',
  tab: 'complete',
  'ctrl-c': 'interrupt',
  'ctrl-l': 'clear-screen',
  'ctrl-r': 'search',
  'ctrl-o': 'external-editor',
  'ctrl-z': 'suspend',
  'ctrl-g': 'cancel',
  escape: 'cancel',
};

/** The command of a key; undefined for a key that only inserts text or has no effect. */
export function commandOf(key: Key): Command | undefined {
  if (key.sequence === '\u001f') return 'undo';
  if (key.name === undefined) return undefined;
  const prefix = `${key.ctrl === true ? 'ctrl-' : ''}${key.meta === true && key.name !== 'escape' ? 'meta-' : ''}${
    key.shift === true && key.name.length > 1 ? 'shift-' : ''
  }`;
  return KEYS[prefix + key.name] ?? (prefix === 'shift-' && key.name.length > 1 ? KEYS[key.name] : undefined);
}

/** The text that a key inserts; '' if none. */
export function typedText(text: string | undefined, key: Key): string {
  if (key.ctrl === true || key.meta === true) return '';
  const typed = text ?? '';
  return /^[\u0000-\u001f\u007f]/.test(typed) ? '' : typed;
}
