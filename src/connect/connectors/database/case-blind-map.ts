/** By names whose case tells nothing apart; the spelling that is asked for comes first. */
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
