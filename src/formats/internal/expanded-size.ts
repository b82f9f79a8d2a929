/** The most types of a schema's columns, once every reference to a type is replaced by it. */
const TYPES_MAX = 20_000;

/**
 * Counts the types of a schema while its references are followed: ten levels of ten fields, each of which refers to the
 * next level, are a few hundred bytes and ten billion types.
 */
export class ExpandedSize {
  #types = 0;

  /** One more type. @throws Error when there are too many */
  add(): void {
    if (++this.#types > TYPES_MAX)
      throw new Error(`The schema has more than ${TYPES_MAX} types when its references are followed`);
  }
}
