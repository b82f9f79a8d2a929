import { must } from '../../base/assert.ts';
import { SluiceError } from '../errors.ts';
import type { Work } from '../budget/work.ts';
import type { Place, RegexNode, RegexSyntax } from './syntax.ts';
import { lengths, hasReference, startsAtText } from './node-facts.ts';

/** The largest program, in instructions. Counted repetitions such as `(a{100}){100}` are written out. */
const MAX_INSTRUCTIONS = 20_000;

type Op = 'set' | 'split' | 'jump' | 'save' | 'place' | 'look' | 'atomic' | 'reference' | 'mark' | 'progress' | 'match';

interface Instruction {
  readonly op: Op;
  /** A character set, the first target, a slot or register, or a group, depending on the instruction. */
  x: number;
  /** The second target of a split. */
  y: number;
  /** The index of a split among the splits of its program. */
  readonly number: number;
  place?: Place;
  look?: Extract<RegexNode, { kind: 'look' }>;
  inner?: Program;
}

interface Program {
  readonly code: Instruction[];
  splits: number;
}

/**
 * Matches as java.util.regex does, and counts the steps. A program runs forward and backtracks to its choices. A choice
 * that has failed at a position is not tried there again, so the steps are at most proportional to the length of the
 * text times the size of the pattern. Patterns with back-references are the exception, since their matches depend on
 * more than the position: there only the step limit ends the search.
 */
export class Matcher {
  readonly #program: Program;
  readonly #sets: ((text: string, at: number) => number)[] = [];
  readonly #setNumbers = new Map<string, number>();
  readonly #slots: number;
  readonly #anchored: boolean;
  readonly #remembers: boolean;
  readonly #ignoreCase: boolean;
  readonly #pattern: string;
  #registers = 0;
  #instructions = 0;

  constructor(syntax: RegexSyntax) {
    this.#pattern = syntax.pattern;
    this.#ignoreCase = syntax.ignoreCase;
    this.#slots = 2 * (syntax.groupCount + 1);
    this.#remembers = !hasReference(syntax.root);
    this.#anchored = startsAtText(syntax.root);
    this.#program = this.#compile(syntax.root);
  }

  /**
   * Start and end of each group in the first match at or after `from` (-1: the group took no part); null when nothing
   * matches.
   */
  exec(text: string, from: number, work: Work): number[] | null {
    const memory = this.#remembers ? new Memory(this.#program.splits) : undefined;
    const slots = Array.from<number>({ length: this.#slots + this.#registers }).fill(-1);
    const first = must(this.#program.code[0], 'instruction');
    const quick = first.op === 'set' ? must(this.#sets[first.x], 'set') : undefined;
    for (
      let start = from;
      start <= text.length;
      start += start < text.length && text.codePointAt(start)! > 0xffff ? 2 : 1
    ) {
      if (this.#anchored && start > 0) return null;
      if (quick !== undefined && quick(text, start) < 0) {
        if ((start & 7) === 0) work.spend(1);
        continue;
      }
      const end = this.#run(this.#program, text, start, slots, memory, work, -1);
      if (end >= 0) {
        slots[0] = start;
        slots[1] = end;
        return slots;
      }
    }
    return null;
  }

  /** The end of the match of a program that begins at `start`, or -1. After a failure the slots are unchanged. */
  #run(
    program: Program,
    text: string,
    start: number,
    slots: number[],
    memory: Memory | undefined,
    work: Work,
    mustEnd: number,
  ): number {
    const { code } = program;
    /** Pairs: a choice to return to (instruction, position), or a slot to restore (-1 - slot, value). */
    const stack: number[] = [];
    let pc = 0;
    let at = start;
    let steps = 0;
    for (;;) {
      const instruction = code[pc]!;
      let ok = true;
      if ((++steps & 255) === 0) work.spend(512);
      switch (instruction.op) {
        case 'set': {
          const next = this.#sets[instruction.x]!(text, at);
          if (next < 0) ok = false;
          else {
            at = next;
            pc++;
          }
          break;
        }
        case 'split':
          if (memory !== undefined && memory.seen(instruction.number, at)) ok = false;
          else {
            stack.push(instruction.y, at);
            pc = instruction.x;
          }
          break;
        case 'jump':
          pc = instruction.x;
          break;
        case 'save':
        case 'mark':
          stack.push(-1 - instruction.x, slots[instruction.x]!);
          slots[instruction.x] = at;
          pc++;
          break;
        case 'progress':
          ok = slots[instruction.x] !== at;
          pc++;
          break;
        case 'place':
          ok = isAt(instruction.place!, text, at);
          pc++;
          break;
        case 'reference': {
          const end = this.#reference(instruction.x, text, at, slots);
          work.spend(1 + (Math.max(end, at) - at) / 8);
          if (end < 0) ok = false;
          else {
            at = end;
            pc++;
          }
          break;
        }
        case 'look':
        case 'atomic': {
          const before = slots.slice();
          const end = this.#inner(instruction, text, at, slots, work);
          const negative = instruction.look?.negative === true;
          if (negative && end >= 0) for (let i = 0; i < before.length; i++) slots[i] = before[i]!;
          ok = end >= 0 !== negative;
          if (ok) {
            for (let i = 0; i < before.length; i++) if (before[i] !== slots[i]) stack.push(-1 - i, before[i]!);
            if (instruction.op === 'atomic') at = end;
            pc++;
          }
          break;
        }
        case 'match':
          if (mustEnd < 0 || mustEnd === at) {
            work.spend(2 * (steps & 255));
            return at;
          }
          ok = false;
          break;
      }
      if (ok) continue;
      let resumed = false;
      while (stack.length > 0) {
        const value = stack.pop()!;
        const target = stack.pop()!;
        if (target >= 0) {
          pc = target;
          at = value;
          resumed = true;
          break;
        }
        slots[-1 - target] = value;
      }
      if (resumed) continue;
      work.spend(2 * (steps & 255));
      return -1;
    }
  }

  /** Runs the body of a look-around or an atomic group; returns its end, or -1. */
  #inner({ look, inner }: Instruction, text: string, at: number, slots: number[], work: Work): number {
    const program = inner!;
    const memory = (): Memory | undefined => (this.#remembers ? new Memory(program.splits) : undefined);
    if (look?.behind !== true) return this.#run(program, text, at, slots, memory(), work, -1);
    const [min, max] = lengths(look.body);
    for (let start = at - min; start >= Math.max(0, at - max); start--) {
      if (this.#run(program, text, start, slots, memory(), work, at) >= 0) return at;
    }
    return -1;
  }

  #reference(group: number, text: string, at: number, slots: readonly number[]): number {
    const from = group === 0 ? -1 : must(slots[2 * group], 'start of the group');
    const to = group === 0 ? -1 : must(slots[2 * group + 1], 'end of the group');
    if (from < 0 || to < 0) return -1;
    const [wanted, found] = [text.slice(from, to), text.slice(at, at + to - from)];
    const same = this.#ignoreCase ? wanted.toLowerCase() === found.toLowerCase() : wanted === found;
    return same ? at + to - from : -1;
  }

  #compile(root: RegexNode): Program {
    const program: Program = { code: [], splits: 0 };
    this.#emit(root, program);
    this.#add(program, 'match');
    return program;
  }

  #add(program: Program, op: Op, x = 0): Instruction {
    if (++this.#instructions > MAX_INSTRUCTIONS) {
      throw new SluiceError(
        'EVALUATION',
        `Invalid regular expression pattern: ${this.#pattern} (written out it has more than ${MAX_INSTRUCTIONS} parts)`,
      );
    }
    const instruction: Instruction = { op, x, y: 0, number: op === 'split' ? program.splits++ : 0 };
    program.code.push(instruction);
    return instruction;
  }

  #emit(node: RegexNode, program: Program): void {
    const add = (op: Op, x = 0): Instruction => this.#add(program, op, x);
    const { code } = program;
    switch (node.kind) {
      case 'set':
        add('set', this.#set(node.text));
        return;
      case 'sequence':
        for (const item of node.items) this.#emit(item, program);
        return;
      case 'choice': {
        const ends: Instruction[] = [];
        node.branches.forEach((branch, i) => {
          const isLast = i === node.branches.length - 1;
          const split = isLast ? undefined : add('split', code.length + 1);
          this.#emit(branch, program);
          if (!isLast) ends.push(add('jump'));
          if (split !== undefined) split.y = code.length;
        });
        for (const end of ends) end.x = code.length;
        return;
      }
      case 'group':
        add('save', 2 * node.number);
        this.#emit(node.body, program);
        add('save', 2 * node.number + 1);
        return;
      case 'repeat':
        if (node.mode === 'possessive') this.#emit({ kind: 'atomic', body: { ...node, mode: 'greedy' } }, program);
        else this.#repeat(node, program);
        return;
      case 'atomic':
        add('atomic').inner = this.#compile(node.body);
        return;
      case 'look': {
        const instruction = add('look');
        instruction.look = node;
        instruction.inner = this.#compile(node.body);
        return;
      }
      case 'reference':
        add('reference', node.group);
        return;
      case 'place':
        add('place').place = node.place;
    }
  }

  #repeat(node: Extract<RegexNode, { kind: 'repeat' }>, program: Program): void {
    const { code } = program;
    const { body, min, max } = node;
    /** Emits a SPLIT that tries the body first or skips it. */
    const split = (): ((past: number) => void) => {
      const instruction = this.#add(program, 'split');
      const into = code.length;
      return (past) => {
        [instruction.x, instruction.y] = node.mode === 'lazy' ? [past, into] : [into, past];
      };
    };
    for (let i = 0; i < min; i++) this.#emit(body, program);
    if (max === Infinity) {
      const start = code.length;
      const close = split();
      // With the memory of tried choices, an empty round returns to a choice that has been seen, so no register is
      // needed.
      const register = this.#remembers ? undefined : this.#slots + this.#registers++;
      if (register !== undefined) this.#add(program, 'mark', register);
      this.#emit(body, program);
      if (register !== undefined) this.#add(program, 'progress', register);
      this.#add(program, 'jump', start);
      close(code.length);
      return;
    }
    const closing: ((past: number) => void)[] = [];
    for (let i = min; i < max; i++) {
      closing.push(split());
      this.#emit(body, program);
    }
    for (const close of closing) close(code.length);
  }

  #set(text: string): number {
    const known = this.#setNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.#sets.length;
    this.#setNumbers.set(text, number);
    this.#sets.push(setTester(text, this.#ignoreCase));
    return number;
  }
}

/** Returns the position after the character at a position if the class contains it, otherwise -1. */
function setTester(text: string, ignoreCase: boolean): (input: string, at: number) => number {
  const regex = new RegExp(`^${text}$`, ignoreCase ? 'vi' : 'v');
  const ascii = new Uint8Array(128);
  for (let code = 0; code < 128; code++) ascii[code] = regex.test(String.fromCharCode(code)) ? 1 : 0;
  return (input, at) => {
    if (at >= input.length) return -1;
    const unit = input.charCodeAt(at);
    if (unit < 128) return ascii[unit] === 1 ? at + 1 : -1;
    const char = String.fromCodePoint(input.codePointAt(at)!);
    return regex.test(char) ? at + char.length : -1;
  };
}

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
const isLineEnd = (code: number): boolean =>
  code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029;

function isAt(place: Place, text: string, at: number): boolean {
  const end = text.length;
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  switch (place) {
    case 'text start':
      return at === 0;
    case 'text end':
      return at === end;
    case 'last line end':
      if (at === end) return true;
      if (at === end - 1) return isLineEnd(after) && !(after === 10 && before === 13);
      return at === end - 2 && after === 13 && text.charCodeAt(at + 1) === 10;
    case 'line start':
      return at === 0 || (at < end && isLineEnd(before) && !(before === 13 && after === 10));
    case 'line end':
      return at === end || (isLineEnd(after) && !(after === 10 && before === 13));
    case 'word edge':
      return isWord(before) !== isWord(after);
    case 'no word edge':
      return isWord(before) === isWord(after);
  }
}

/** Remembers which choices were tried at which positions. */
class Memory {
  readonly #splits: number;
  readonly #blocks: (Uint32Array | undefined)[] = [];

  constructor(splits: number) {
    this.#splits = splits;
  }

  /** Whether the choice was tried at this position before; marks it as tried. */
  seen(split: number, at: number): boolean {
    const bit = at * this.#splits + split;
    const number = Math.floor(bit / 2048);
    const block: Uint32Array = (this.#blocks[number] ??= new Uint32Array(64));
    const word = (bit % 2048) >>> 5;
    const mask = 1 << (bit & 31);
    if ((block[word]! & mask) !== 0) return true;
    block[word]! |= mask;
    return false;
  }
}
