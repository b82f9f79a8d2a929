import { RetriableError } from '../../api/errors.ts';

/**
 * A server refused the login, or a permission is missing. Retriable, because both can be corrected on the server. The
 * login of a connector's settings was checked when they were given.
 */
export class AccessRefused extends RetriableError {
  /** @param server its name in errors, without a login */
  constructor(server: string, reason: string, options?: { readonly cause?: unknown }) {
    super(`${server} refuses access: ${reason}`, options);
  }
}
