import { SluiceError } from '../../src/base/errors.ts';
import { StoreHold } from '../support/store-hold.ts';

/** A store that ignores its server's writes after `kill`, as after kill -9. */
export class KillableStore extends StoreHold {
  #isDead = false;

  kill(): void {
    this.#isDead = true;
  }

  override write(...args: Parameters<StoreHold['write']>): void {
    if (this.#isDead) throw new SluiceError('LOG_UNAVAILABLE', 'The process was killed');
    super.write(...args);
  }
}
