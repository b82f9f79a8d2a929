import { emitKeypressEvents } from 'node:readline';
import { must } from '../../base/assert.ts';
import { EditBuffer } from './buffer.ts';
import { COLORS, piecesOf } from './highlight.ts';
import { commandOf, typedText, type Command, type Key } from './keys.ts';
import { layOut, type Layout } from './layout.ts';
import { listingOf } from './candidates.ts';
import { printable, printableLine } from '../render/width.ts';
import { Screen, type ScreenOptions } from './screen.ts';
import { ReverseSearch } from './search.ts';

/** The completions at the cursor. */
interface Completed {
  readonly candidates: readonly string[];
  readonly word: string;
  /** The cursor is inside a quoted text: no space is appended to a complete word. */
  readonly isQuoted?: boolean;
}

export interface EditorOptions extends ScreenOptions {
  readonly input: NodeJS.ReadableStream;
  readonly colors: boolean;
  /** The prompt of a line; `before` is the text of the lines above it. */
  promptOf(before: string): string;
  /** Whether Enter submits the text, rather than beginning a new line. */
  isComplete(text: string): boolean;
  /** The possible replacements of `word`, which is the end of `before`. */
  complete(before: string, after: string): Promise<Completed>;
  /** The entries that the Up key recalls, newest first. */
  history(): readonly string[];
  /** The entries that Ctrl-R searches, newest first. */
  searched(): readonly string[];
  onSubmit(text: string): void;
  /** Ctrl-C when the editor is inactive. */
  onInterrupt(): void;
  onLeave(): void;
  /** Opens the text in an external editor and returns the edited text. */
  readonly edit?: ((text: string) => Promise<string>) | undefined;
  /** Suspends the process until its shell continues it. */
  readonly suspend?: ((continued: () => void) => void) | undefined;
}

const PASTE_ON = '\u001b[?2004h';
const PASTE_OFF = '\u001b[?2004l';

/**
 * Edits a multi-line statement in place. From `prompt` to `onSubmit` the editor uses the terminal; at other times, keys
 * except Ctrl-C are kept for the next prompt.
 */
export class StatementEditor {
  readonly #options: EditorOptions;
  readonly #buffer = new EditBuffer();
  #active = false;
  #ended = false;
  /** The initial text of the next prompt. */
  #preset = '';
  readonly #ahead: (readonly [string | undefined, Key])[] = [];
  #pasted: string | undefined;
  #search: ReverseSearch | undefined;
  /** The index of the shown history entry; -1: the text that was typed. */
  #recalled = -1;
  #draft = '';
  /**
   * Whether the last key recalled an entry: then Up and Down recall further entries, rather than moving between its
   * lines.
   */
  #isRecalling = false;
  readonly #screen: Screen;
  #willPaint = false;
  #afterReturn = false;

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#screen = new Screen(options);
  }

  /** Starts to receive keys. */
  open(): void {
    const { input, output } = this.#options;
    emitKeypressEvents(input);
    input.on('keypress', this.#onKey);
    input.on('end', this.#onEnd);
    output.on('resize', this.#onResize);
    this.#raw(true);
    input.resume();
  }

  /** Stops receiving keys. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#active = false;
    const { input, output } = this.#options;
    input.removeListener('keypress', this.#onKey);
    input.removeListener('end', this.#onEnd);
    output.removeListener('resize', this.#onResize);
    this.#raw(false);
    input.pause();
  }

  /** Shows the prompt and begins editing, with the keys that were pressed in the meantime. */
  prompt(): void {
    if (this.#ended) return;
    this.#active = true;
    this.#screen.leave();
    this.#recalled = -1;
    this.#buffer.clear();
    if (this.#preset !== '') this.#buffer.set(this.#preset);
    this.#preset = '';
    this.#paint();
    while (this.#isOpen() && this.#ahead.length > 0) this.#press(...this.#ahead.shift()!);
  }

  /** Sets the initial text of the next prompt. */
  begin(text: string): void {
    this.#preset = text;
  }

  /** Discards keys that were pressed in advance. */
  forgetAhead(): void {
    this.#ahead.length = 0;
  }

  /** Runs a function that needs the terminal in its normal mode. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    this.#raw(false);
    this.#options.input.pause();
    try {
      return await work();
    } finally {
      this.#raw(true);
      this.#options.input.resume();
    }
  }

  #isOpen(): boolean {
    return this.#active && !this.#ended;
  }

  #raw(on: boolean): void {
    const input = this.#options.input as NodeJS.ReadableStream & { setRawMode?: (on: boolean) => unknown };
    input.setRawMode?.(on);
    if (input.setRawMode !== undefined) this.#options.output.write(on ? PASTE_ON : PASTE_OFF);
  }

  readonly #onKey = (text: string | undefined, key: Key): void => {
    if (this.#active) this.#press(text, key);
    else if (commandOf(key) === 'interrupt') {
      this.#ahead.length = 0;
      this.#options.onInterrupt();
    } else this.#ahead.push([text, key]);
  };

  readonly #onEnd = (): void => this.#options.onLeave();

  readonly #onResize = (): void => {
    if (!this.#active) return;
    this.#screen.resized();
    this.#paint();
  };

  #press(text: string | undefined, key: Key): void {
    if (key.name === 'paste-start') this.#pasted = '';
    else if (key.name === 'paste-end') {
      const pasted = (this.#pasted ?? '').replaceAll(/\r\n?/g, '\n');
      this.#pasted = undefined;
      this.#stopSearch(true);
      this.#buffer.insert(pasted);
      this.#paintSoon();
    } else if (this.#pasted !== undefined) this.#pasted += key.sequence ?? text ?? '';
    else {
      // A line break of two characters (CR LF) counts as one.
      if (key.sequence === '\n' && this.#afterReturn) return;
      this.#afterReturn = key.sequence === '\r';
      if (this.#afterReturn)
        queueMicrotask(() => {
          this.#afterReturn = false;
        });
      const command = commandOf(key);
      if (this.#search !== undefined && this.#searching(command, text, key)) return;
      if (command !== undefined) this.#run(command);
      else {
        const typed = typedText(text, key);
        if (typed === '') return;
        this.#isRecalling = false;
        this.#buffer.insert(typed);
        this.#paintSoon();
      }
    }
  }

  #run(command: Command): void {
    const buffer = this.#buffer;
    const wasRecalling = this.#isRecalling;
    this.#isRecalling = false;
    switch (command) {
      case 'enter':
        if (this.#options.isComplete(buffer.text)) return this.#submit();
        buffer.insert('\n');
        break;
      case 'new-line':
        buffer.insert('\n');
        break;
      case 'up':
        if (wasRecalling || !buffer.up()) this.#recall(1);
        break;
      case 'down':
        if (wasRecalling || !buffer.down()) this.#recall(-1);
        break;
      case 'older':
        this.#recall(1);
        break;
      case 'newer':
        this.#recall(-1);
        break;
      case 'delete-or-leave':
        if (buffer.text === '') {
          this.#leaveLine('');
          return this.#options.onLeave();
        }
        buffer.delete();
        break;
      case 'interrupt':
        return this.#forget();
      case 'complete':
        void this.#complete();
        return;
      case 'clear-screen':
        this.#screen.clear();
        break;
      case 'search':
        this.#search = new ReverseSearch(this.#options.searched());
        break;
      case 'external-editor':
        void this.#editOutside();
        return;
      case 'suspend':
        this.#suspend();
        return;
      case 'cancel':
        break;
      default:
        EDITS[command](buffer);
    }
    this.#paintSoon();
  }

  /** Handles a key during a search. False: the search is over, and the key has its normal meaning. */
  #searching(command: Command | undefined, text: string | undefined, key: Key): boolean {
    const search = this.#search;
    if (search === undefined) return false;
    if (command === 'search') search.older();
    else if (command === 'backspace') search.change(search.query.slice(0, -1));
    else if (command === 'cancel' || command === 'interrupt') this.#stopSearch(false);
    else if (command === undefined && typedText(text, key) !== '') search.change(search.query + typedText(text, key));
    else {
      this.#stopSearch(true);
      return false;
    }
    this.#paintSoon();
    return true;
  }

  #stopSearch(take: boolean): void {
    const found = this.#search?.found;
    this.#search = undefined;
    if (take && found !== undefined) this.#buffer.set(found);
  }

  #recall(by: 1 | -1): void {
    const all = this.#options.history();
    const next = this.#recalled + by;
    if (next < -1 || next >= all.length) return;
    if (this.#recalled === -1) this.#draft = this.#buffer.text;
    this.#recalled = next;
    this.#isRecalling = true;
    this.#buffer.set(next === -1 ? this.#draft : must(all[next], 'line of the history'));
  }

  #submit(): void {
    const { text } = this.#buffer;
    this.#leaveLine('');
    this.#options.onSubmit(text);
  }

  /** Ctrl-C: discards the input; its text stays on the screen. */
  #forget(): void {
    const nothing = this.#buffer.text === '';
    this.#ahead.length = 0;
    this.#leaveLine(nothing ? '^C (Ctrl-D leaves)' : '^C');
    this.prompt();
  }

  /** Shows the whole text, and continues below it. */
  #leaveLine(mark: string): void {
    this.#search = undefined;
    this.#buffer.end();
    this.#paint();
    this.#active = false;
    this.#screen.leave();
    this.#options.output.write(`${mark}\n`);
  }

  async #complete(): Promise<void> {
    const buffer = this.#buffer;
    const { text, cursor } = buffer;
    const { candidates, word, isQuoted } = await this.#options
      .complete(text.slice(0, cursor), text.slice(cursor))
      .catch(() => NONE);
    if (!this.#active || buffer.text !== text || buffer.cursor !== cursor || candidates.length === 0) return;
    const common = candidates.reduce(commonStart);
    // A complete word is followed by a space; settings and quoted names are not.
    const whole = candidates.length === 1 && isQuoted !== true && /\w$/.test(common) ? `${common} ` : common;
    if (whole.length > word.length) {
      buffer.insert('');
      for (let i = 0; i < word.length; i++) buffer.backspace();
      buffer.insert(whole);
      this.#paintSoon();
      return;
    }
    this.#list(candidates);
  }

  /** Shows the candidates below the input, in columns, then the prompt again. */
  #list(candidates: readonly string[]): void {
    const listing = listingOf(candidates.map(printableLine), this.#options.size().columns);
    const { cursor } = this.#buffer;
    this.#buffer.end();
    this.#paint();
    this.#buffer.cursor = cursor;
    this.#options.output.write(`\n${listing.join('\n')}\n`);
    this.#screen.leave();
    this.#paint();
  }

  async #editOutside(): Promise<void> {
    const { edit } = this.#options;
    if (edit === undefined) return;
    const { text } = this.#buffer;
    this.#leaveLine('');
    try {
      this.begin(await this.outside(async () => await edit(text)));
    } catch (error) {
      this.#options.output.write(`${printable(error instanceof Error ? error.message : String(error))}\n`);
      this.begin(text);
    }
    this.prompt();
  }

  #suspend(): void {
    const { suspend } = this.#options;
    if (suspend === undefined) return;
    this.#raw(false);
    suspend(() => {
      this.#raw(true);
      this.#screen.leave();
      if (this.#active) this.#paint();
    });
  }

  /** Paints once, after all keys that arrived together. */
  #paintSoon(): void {
    if (this.#willPaint) return;
    this.#willPaint = true;
    queueMicrotask(() => {
      this.#willPaint = false;
      if (this.#active) this.#paint();
    });
  }

  #paint(): void {
    const { columns } = this.#options.size();
    this.#screen.paint(this.#search === undefined ? this.#layout(columns) : this.#searchLayout(this.#search, columns));
  }

  #layout(columns: number): Layout {
    const { text, cursor } = this.#buffer;
    const lines = text.split('\n');
    let before = '';
    const prompts = lines.map((line) => {
      const prompt = this.#options.promptOf(before);
      before += `${line}\n`;
      return prompt;
    });
    return layOut({
      promptOf: (line) => must(prompts[line], 'prompt'),
      text,
      cursor,
      columns,
      pieces: this.#options.colors ? piecesOf(text) : [],
      colors: this.#options.colors ? COLORS : undefined,
    });
  }

  #searchLayout(search: ReverseSearch, columns: number): Layout {
    const text = search.found ?? '';
    const failed = search.found === undefined && search.query !== '' ? 'failed ' : '';
    const head = `(${failed}search)\`${search.query}': `;
    const at = search.query === '' ? 0 : Math.max(0, text.toLowerCase().indexOf(search.query.toLowerCase()));
    return layOut({
      promptOf: (line) => (line === 0 ? head : '     -> '),
      text,
      cursor: at,
      columns,
      pieces: this.#options.colors ? piecesOf(text) : [],
      colors: this.#options.colors ? COLORS : undefined,
    });
  }
}

const NONE: Completed = { candidates: [], word: '' };

/** Commands that change only the buffer. */
const EDITS: Readonly<
  Record<
    Exclude<
      Command,
      | 'enter'
      | 'new-line'
      | 'up'
      | 'down'
      | 'older'
      | 'newer'
      | 'delete-or-leave'
      | 'interrupt'
      | 'complete'
      | 'clear-screen'
      | 'search'
      | 'external-editor'
      | 'suspend'
      | 'cancel'
    >,
    (buffer: EditBuffer) => void
  >
> = {
  left: (b) => b.left(),
  right: (b) => b.right(),
  'word-left': (b) => b.wordLeft(),
  'word-right': (b) => b.wordRight(),
  'line-start': (b) => b.lineStart(),
  'line-end': (b) => b.lineEnd(),
  start: (b) => b.start(),
  end: (b) => b.end(),
  backspace: (b) => b.backspace(),
  delete: (b) => b.delete(),
  'kill-to-end': (b) => b.killToEnd(),
  'kill-to-start': (b) => b.killToStart(),
  'kill-word-left': (b) => b.killWordLeft(),
  'kill-word-right': (b) => b.killWordRight(),
  yank: (b) => b.yank(),
  undo: (b) => b.undo(),
};

function commonStart(a: string, b: string): string {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return a.slice(0, i);
}
