/** Encrypts texts that are kept. The real one is host/sealer.ts. */
export interface Sealer {
  /** `context`: where the text belongs; it opens nowhere else. */
  seal(text: string, context: string): string;
  /** @throws SluiceError CONFIG where it was sealed with another key, for another place, or was changed */
  open(sealed: string, context: string): string;
}
