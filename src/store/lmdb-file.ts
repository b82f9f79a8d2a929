import { must } from '../base/assert.ts';

/*
 * Reads LMDB's file from disk without LMDB, which maps the file and trusts it, so that a damaged one ends the process.
 * Format: liblmdb/mdb.c of lmdb-js (data version 2), little-endian.
 */

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_HEADER = 24;
const META_BYTES = PAGE_HEADER + 144;
const NODE_HEADER = 8;
/** MDB_ovpage: page number, transaction, number of pages. */
const OVERFLOW_REFERENCE = 24;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
const BIG = 0x01;
const DEPTH_MAX = 32;
const NO_PAGE = 0xffffffffffffffffn;

/** Reads bytes of the file; fewer than requested at its end. */
export type ReadFile = (position: number, length: number) => Buffer;

export interface StoreFile {
  readonly read: ReadFile;
  /** In bytes. */
  readonly size: number;
  /** The system's current boot id in LMDB's form; undefined when unknown. */
  readonly bootId: bigint | undefined;
}

/** Where the file is invalid: what is there and below it cannot be read. */
export interface PageDamage {
  readonly page: number;
  readonly what: string;
}

export interface Inspection {
  readonly damage: readonly PageDamage[];
  /** Pages that were examined and are in use. */
  readonly examined: number;
  readonly used: number;
  /** False when `mayGoOn` ended it. */
  readonly complete: boolean;
}

export interface InspectOptions {
  /** Called once per page; false ends the inspection. */
  readonly mayGoOn?: () => boolean;
  /** Each entry of the tree in order; `value` reads it. */
  readonly onEntry?: (key: Buffer, value: () => Buffer) => void;
  /** Whether to continue after any number of damages; otherwise it ends when enough have been reported. */
  readonly toEnd?: boolean;
}

interface Tree {
  readonly root: bigint;
  readonly entries: number;
  readonly depth: number;
}

interface Meta {
  readonly transaction: bigint;
  readonly bootId: bigint;
  readonly lastPage: number;
  readonly pageBytes: number;
  readonly free: Tree;
  readonly main: Tree;
}

/** A page of a tree that is being walked. */
interface PageOfTree {
  readonly number: number;
  readonly page: Buffer;
  /** Where its first node may begin. */
  readonly from: number;
  /** Depth of the page, from 1, and of the leaves. */
  readonly level: number;
  readonly depth: number;
  readonly compare: (a: Buffer, b: Buffer) => number;
  readonly onEntry: InspectOptions['onEntry'];
}

/** The most findings that are reported for one file. */
const TOLD_MAX = 20;

/**
 * Walks the trees of the file as LMDB would: every page that the newest commit uses, its header, its nodes, the order
 * of keys. After a restart of the machine LMDB returns to the last flushed commit, so one valid commit is then
 * sufficient.
 */
export function inspectLmdb(file: StoreFile, options: InspectOptions = {}): Inspection {
  const nothing = { examined: 0, used: 0, complete: true };
  let metas: readonly Meta[];
  try {
    metas = readMetas(file);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    return { ...nothing, damage: [error.damage] };
  }
  const newest = metas.reduce((a, b) => (b.transaction > a.transaction ? b : a));
  const isOfThisBoot = file.bootId !== undefined && newest.bootId === file.bootId;
  const first = new Walk(file, newest, options).run();
  if (first.damage.length === 0 || isOfThisBoot) return first;
  for (const meta of metas) {
    if (meta === newest) continue;
    const other = new Walk(file, meta, options).run();
    if (other.damage.length === 0) return other;
  }
  return first;
}

/**
 * The readable entries of a damaged file: those of the commit that has most of them.
 * @returns the findings for that commit, and its number of entries
 */
export function readableEntries(
  file: StoreFile,
  onEntry: (key: Buffer, value: () => Buffer) => void,
): Inspection & { readonly entries: number } {
  let best: { readonly meta: Meta; readonly entries: number } | undefined;
  let metas: readonly Meta[] = [];
  try {
    metas = readMetas(file);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    return { damage: [error.damage], examined: 0, used: 0, complete: true, entries: 0 };
  }
  for (const meta of metas.toSorted((a, b) => Number(b.transaction - a.transaction))) {
    const walk = new Walk(file, meta, { toEnd: true });
    walk.run();
    if (best === undefined || walk.entries > best.entries) best = { meta, entries: walk.entries };
  }
  const { meta, entries } = must(best, 'commit');
  return { ...new Walk(file, meta, { toEnd: true, onEntry }).run(), entries };
}

class Damaged extends Error {
  readonly damage: PageDamage;

  constructor(page: number, what: string) {
    super(what);
    this.damage = { page, what };
  }
}

function readMetas({ read, size }: StoreFile): readonly Meta[] {
  if (size === 0) throw new Damaged(0, 'the file is empty');
  const head = read(0, META_BYTES);
  if (head.length < META_BYTES) throw new Damaged(0, `the file has ${size} bytes`);
  if ((head.readUInt16LE(18) & META) === 0 || head.readUInt32LE(PAGE_HEADER) !== MAGIC)
    throw new Damaged(0, 'the file does not begin as an LMDB file does');
  const version = head.readUInt32LE(PAGE_HEADER + 4) & 0xffff;
  if (version !== DATA_VERSION) throw new Damaged(0, `version ${version} of LMDB's file is not known`);
  const first = metaOf(head);
  const { pageBytes } = first;
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0)
    throw new Damaged(0, `the size of pages is ${pageBytes}`);
  const metas = [first];
  // The second page; and, in the middle of the first one, the last flushed commit (lmdb-js).
  for (const at of [pageBytes, pageBytes / 2]) {
    const bytes = read(at, META_BYTES);
    const isPage = at === pageBytes;
    if (bytes.length < META_BYTES) throw new Damaged(1, `the file ends after ${size} bytes`);
    if (isPage && ((bytes.readUInt16LE(18) & META) === 0 || bytes.readUInt32LE(PAGE_HEADER) !== MAGIC))
      throw new Damaged(1, 'the second page is not what it must be');
    const meta = metaOf(bytes);
    if (meta.transaction > 0n) metas.push({ ...meta, pageBytes });
  }
  return metas;
}

function metaOf(bytes: Buffer): Meta {
  const tree = (at: number): Tree => ({
    depth: bytes.readUInt16LE(at + 6),
    entries: Number(bytes.readBigUInt64LE(at + 32)),
    root: bytes.readBigUInt64LE(at + 40),
  });
  const at = PAGE_HEADER + 24;
  return {
    pageBytes: bytes.readUInt32LE(at),
    free: tree(at),
    main: tree(at + 48),
    lastPage: Number(bytes.readBigUInt64LE(at + 96)),
    transaction: bytes.readBigUInt64LE(at + 104),
    bootId: bytes.readBigInt64LE(at + 112),
  };
}

/** One walk through the trees of one commit. */
class Walk {
  readonly #file: StoreFile;
  readonly #meta: Meta;
  readonly #options: InspectOptions;
  readonly #damage: PageDamage[] = [];
  readonly #seen: Uint8Array;
  #examined = 0;
  #isOver = false;
  #entries = 0;
  #last: Buffer | undefined;

  constructor(file: StoreFile, meta: Meta, options: InspectOptions) {
    this.#file = file;
    this.#meta = meta;
    this.#options = options;
    this.#seen = new Uint8Array(Math.min(meta.lastPage, file.size / meta.pageBytes) / 8 + 1);
  }

  /** Entries of the tree that was walked last. */
  get entries(): number {
    return this.#entries;
  }

  run(): Inspection {
    const { free, main, lastPage } = this.#meta;
    this.#tree(free, compareNumbers, undefined);
    this.#tree(main, Buffer.compare, this.#options.onEntry);
    return { damage: this.#damage, examined: this.#examined, used: lastPage + 1, complete: !this.#isOver };
  }

  #report(page: number, what: string): void {
    if (this.#damage.length < TOLD_MAX) this.#damage.push({ page, what });
  }

  #tree(tree: Tree, compare: (a: Buffer, b: Buffer) => number, onEntry: InspectOptions['onEntry']): void {
    if (tree.root === NO_PAGE) return;
    this.#entries = 0;
    this.#last = undefined;
    const damaged = this.#damage.length;
    this.#page(Number(tree.root), 1, tree.depth, compare, onEntry);
    if (!this.#isOver && this.#damage.length === damaged && this.#entries !== tree.entries)
      this.#report(Number(tree.root), `the tree has ${this.#entries} entries and must have ${tree.entries}`);
  }

  #page(
    number: number,
    level: number,
    depth: number,
    compare: (a: Buffer, b: Buffer) => number,
    onEntry: InspectOptions['onEntry'],
  ): void {
    if (this.#isOver || (this.#damage.length >= TOLD_MAX && this.#options.toEnd !== true)) return;
    if (this.#options.mayGoOn?.() === false) {
      this.#isOver = true;
      return;
    }
    try {
      const page = this.#read(number, 1);
      const flags = page.readUInt16LE(18);
      const isLeaf = level === depth;
      if (depth > DEPTH_MAX || (flags & (BRANCH | LEAF | OVERFLOW | META)) !== (isLeaf ? LEAF : BRANCH))
        throw new Damaged(number, `is no ${isLeaf ? 'leaf' : 'branch'} of the tree`);
      const lower = page.readUInt16LE(20);
      const upper = page.readUInt16LE(22);
      // Positions on a page count from the end of its header.
      if (lower > upper || upper > page.length - PAGE_HEADER || (lower & 1) !== 0)
        throw new Damaged(number, `its bounds are ${lower} and ${upper}`);
      const of = { number, page, from: upper + PAGE_HEADER, level, depth, compare, onEntry };
      for (let at = PAGE_HEADER; at < lower + PAGE_HEADER; at += 2) this.#node(of, page.readUInt16LE(at) + PAGE_HEADER);
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      this.#report(error.damage.page, error.damage.what);
    }
  }

  #node(of: PageOfTree, at: number): void {
    const { number, page } = of;
    if (at < of.from || at + NODE_HEADER > page.length) throw new Damaged(number, `an entry begins at ${at}`);
    const keyEnd = at + NODE_HEADER + page.readUInt16LE(at + 6);
    if (keyEnd > page.length) throw new Damaged(number, 'a key ends behind the page');
    const key = page.subarray(at + NODE_HEADER, keyEnd);
    const low = page.readUInt32LE(at);
    if (of.level < of.depth) {
      this.#page(low + page.readUInt16LE(at + 4) * 2 ** 32, of.level + 1, of.depth, of.compare, of.onEntry);
      return;
    }
    this.#entries++;
    if (this.#last !== undefined && of.compare(this.#last, key) >= 0)
      throw new Damaged(number, 'its keys are not in order');
    this.#last = key;
    const flags = page.readUInt16LE(at + 4);
    if ((flags & ~BIG) !== 0) throw new Damaged(number, `an entry has the flags ${flags}`);
    if ((flags & BIG) === 0) {
      if (keyEnd + low > page.length) throw new Damaged(number, 'a value ends behind the page');
      of.onEntry?.(key, () => page.subarray(keyEnd, keyEnd + low));
      return;
    }
    if (keyEnd + OVERFLOW_REFERENCE > page.length) throw new Damaged(number, 'a value ends behind the page');
    const first = Number(page.readBigUInt64LE(keyEnd));
    const pages = Number(page.readBigUInt64LE(keyEnd + 16));
    const { pageBytes } = this.#meta;
    if (pages < 1 || low > pages * pageBytes - PAGE_HEADER)
      throw new Damaged(number, `a value of ${low} bytes is said to have ${pages} pages`);
    const head = this.#read(first, pages);
    if ((head.readUInt16LE(18) & OVERFLOW) === 0 || head.readUInt32LE(20) !== pages)
      throw new Damaged(first, `is no beginning of a value of ${pages} pages`);
    of.onEntry?.(key, () => this.#file.read(first * pageBytes + PAGE_HEADER, low));
  }

  /** Reads the first of some pages, which nothing else may use. */
  #read(number: number, pages: number): Buffer {
    const { pageBytes, lastPage } = this.#meta;
    const last = number + pages - 1;
    if (number < 2 || last > lastPage) throw new Damaged(number, `is none of the pages 2 to ${lastPage}`);
    if ((last + 1) * pageBytes > this.#file.size)
      throw new Damaged(number, `lies behind the end of the file, which has ${this.#file.size} bytes`);
    for (let page = number; page <= last; page++) {
      const bit = 1 << (page & 7);
      if ((this.#seen[page >> 3]! & bit) !== 0) throw new Damaged(page, 'is used twice');
      this.#seen[page >> 3]! |= bit;
    }
    const bytes = this.#file.read(number * pageBytes, pageBytes);
    this.#examined += pages;
    const own = bytes.readBigUInt64LE(0);
    if (own !== BigInt(number)) throw new Damaged(number, `says that it is page ${own}`);
    return bytes;
  }
}

/** Keys of the tree of free pages are numbers. */
function compareNumbers(a: Buffer, b: Buffer): number {
  if (a.length !== 8 || b.length !== 8) return a.length === b.length ? Buffer.compare(a, b) : -1;
  const [x, y] = [a.readBigUInt64LE(), b.readBigUInt64LE()];
  return x < y ? -1 : x > y ? 1 : 0;
}
