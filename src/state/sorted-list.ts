import { lowerBound } from './ordered.ts';

/**
 * Items in the order of their sort text. Suited to many adds between few scans: added items are sorted in at the next
 * scan.
 */
export class SortedList<T extends { readonly sort: string }> {
  #items: T[] = [];
  #added: T[] = [];

  add(item: T): void {
    this.#added.push(item);
  }

  /** Removes an existing item. */
  remove(item: T): void {
    this.#settle();
    const at = this.#position(item.sort);
    if (this.#items[at] === item) this.#items.splice(at, 1);
  }

  clear(): void {
    this.#items = [];
    this.#added = [];
  }

  /** Items with from <= sort < to in order; an empty `to` means unbounded. A copy, which stays valid during changes. */
  slice(from: string, to: string): T[] {
    this.#settle();
    const items = this.#items;
    return items.slice(this.#position(from), to === '' ? items.length : this.#position(to));
  }

  #settle(): void {
    const added = this.#added;
    if (added.length === 0) return;
    if (added.length > 16) {
      this.#items = this.#items.concat(added).sort(bySort);
    } else {
      for (const item of added) this.#items.splice(this.#position(item.sort), 0, item);
    }
    this.#added = [];
  }

  /** First position whose item is at or after `sort`. */
  #position(sort: string): number {
    const items = this.#items;
    return lowerBound(items.length, (i) => items[i]!.sort < sort);
  }
}

export function bySort(a: { readonly sort: string }, b: { readonly sort: string }): number {
  return a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : 0;
}
