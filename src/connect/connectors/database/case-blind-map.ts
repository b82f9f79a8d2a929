/** A map by names that ignores case. If several keys differ only in case, the exact spelling takes precedence. */
export class CaseBlindMap<V> extends Map<string, V> {
  override get(name: string): V | undefined {
    return super.get(name) ?? super.get(this.#spelling(name) ?? name);
  }
  override has(name: string): boolean {
    return super.has(name) || this.#spelling(name) !== undefined;
  }
  #spelling(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return [...this.keys()].find((key) => key.toLowerCase() === wanted);
  }
}
