/** Encrypts texts for storage. The implementation is host/sealer.ts. */
export interface Sealer {
  /** `context`: where the text is stored; it can be decrypted for the same context only. */
  seal(text: string, context: string): string;
  /** @throws SluiceError CONFIG when it was sealed with another key, for another context, or was modified */
  open(sealed: string, context: string): string;
}
