/** The text being edited and the position of the cursor, independent of a terminal. */
export class EditBuffer {
  text = '';
  /** Between 0 and the length of the text, never inside a grapheme. */
  cursor = 0;
  /** The text that was cut last, for Ctrl-Y. */
  #cut = '';
  /** The target column of consecutive moves up and down. */
  #aim: number | undefined;
  readonly #past: { readonly text: string; readonly cursor: number }[] = [];

  /** Replaces the whole text; the cursor is at its end. */
  set(text: string): void {
    this.#keep();
    this.text = text;
    this.cursor = text.length;
  }

  clear(): void {
    this.text = '';
    this.cursor = 0;
    this.#past.length = 0;
    this.#aim = undefined;
  }

  insert(text: string): void {
    this.#keep();
    this.#replace(this.cursor, this.cursor, text);
  }

  backspace(): void {
    this.#remove(this.#before(this.cursor), this.cursor);
  }

  delete(): void {
    this.#remove(this.cursor, this.#after(this.cursor));
  }

  left(): void {
    this.#move(this.#before(this.cursor));
  }

  right(): void {
    this.#move(this.#after(this.cursor));
  }

  wordLeft(): void {
    this.#move(this.#wordStart());
  }

  wordRight(): void {
    this.#move(this.#wordEnd());
  }

  lineStart(): void {
    this.#move(this.#startOfLine());
  }

  lineEnd(): void {
    this.#move(this.#endOfLine());
  }

  start(): void {
    this.#move(0);
  }

  end(): void {
    this.#move(this.text.length);
  }

  /** Moves one line up, to the same column if the line is long enough. False on the first line. */
  up(): boolean {
    const start = this.#startOfLine();
    if (start === 0) return false;
    this.#toLine(this.text.lastIndexOf('\n', start - 2) + 1, start);
    return true;
  }

  /** Moves one line down. False on the last line. */
  down(): boolean {
    const end = this.#endOfLine();
    if (end === this.text.length) return false;
    this.#toLine(end + 1, this.#startOfLine());
    return true;
  }

  /** Ctrl-K: deletes to the end of the line, or the line break if the cursor is at the end. */
  killToEnd(): void {
    const end = this.#endOfLine();
    this.#kill(this.cursor, end === this.cursor ? Math.min(end + 1, this.text.length) : end);
  }

  killToStart(): void {
    this.#kill(this.#startOfLine(), this.cursor);
  }

  killWordLeft(): void {
    this.#kill(this.#wordStart(), this.cursor);
  }

  killWordRight(): void {
    this.#kill(this.cursor, this.#wordEnd());
  }

  yank(): void {
    if (this.#cut !== '') this.insert(this.#cut);
  }

  undo(): void {
    const last = this.#past.pop();
    if (last === undefined) return;
    this.text = last.text;
    this.cursor = last.cursor;
    this.#aim = undefined;
  }

  #toLine(start: number, from: number): void {
    const aim = this.#aim ?? this.cursor - from;
    const end = this.text.indexOf('\n', start);
    this.cursor = onCharacter(this.text, Math.min(start + aim, end === -1 ? this.text.length : end));
    this.#aim = aim;
  }

  #kill(from: number, to: number): void {
    if (from === to) return;
    this.#cut = this.text.slice(from, to);
    this.#remove(from, to);
  }

  #remove(from: number, to: number): void {
    if (from === to) return;
    this.#keep();
    this.#replace(from, to, '');
  }

  #replace(from: number, to: number, text: string): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(to);
    this.cursor = from + text.length;
    this.#aim = undefined;
  }

  #move(to: number): void {
    this.cursor = to;
    this.#aim = undefined;
  }

  #keep(): void {
    if (this.#past.at(-1)?.text !== this.text) this.#past.push({ text: this.text, cursor: this.cursor });
    if (this.#past.length > UNDO_MAX) this.#past.shift();
  }

  #startOfLine(): number {
    return this.cursor === 0 ? 0 : this.text.lastIndexOf('\n', this.cursor - 1) + 1;
  }

  #endOfLine(): number {
    const end = this.text.indexOf('\n', this.cursor);
    return end === -1 ? this.text.length : end;
  }

  #before(at: number): number {
    if (at === 0) return 0;
    let last = 0;
    const from = Math.max(0, at - CHARACTER_MAX);
    for (const { index } of SEGMENTS.segment(this.text.slice(from, at))) last = index;
    return from + last;
  }

  #after(at: number): number {
    const [first] = SEGMENTS.segment(this.text.slice(at, at + CHARACTER_MAX));
    return at + (first?.segment.length ?? 0);
  }

  #wordStart(): number {
    return /[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u.exec(this.text.slice(0, this.cursor))!.index;
  }

  #wordEnd(): number {
    return this.cursor + /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(this.text.slice(this.cursor))![0].length;
  }
}

const UNDO_MAX = 200;
const SEGMENTS = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** The maximum length of a grapheme, in UTF-16 units. */
const CHARACTER_MAX = 64;

function onCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
