import { isSluiceError, messageOf, SluiceError, type ErrorCode } from '../../base/errors.ts';
import { maskText } from '../../base/secrets/mask.ts';
import { ConnectRequestError, ConnectUnreachableError } from './api.ts';

/**
 * Runs `call`, converting its errors as `connectError` does. `hider` is called on failure only, and returns the
 * function that removes the secrets of the settings from the message.
 */
export async function guarded<T>(
  call: () => Promise<T>,
  prefix: string,
  hider: () => Promise<Hide> = () => Promise.resolve(maskText),
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw connectError(error, prefix, await hider());
  }
}

type Hide = (text: string) => string;

/**
 * Converts a refusal by Connect, keeping its status, or the error of an unreachable worker. Removes secrets, because
 * Connect repeats the settings that it refuses.
 */
export function connectError(given: unknown, prefix: string, hide: Hide = maskText): SluiceError {
  if (isSluiceError(given)) return given;
  const error =
    given instanceof ConnectRequestError && hide(given.message) !== given.message
      ? new ConnectRequestError(given.status, hide(given.message))
      : given;
  if (error instanceof ConnectRequestError) {
    const code: ErrorCode = error.status === 404 ? 'NOT_FOUND' : error.status === 409 ? 'CONFLICT' : 'CONNECTOR';
    return new SluiceError(code, prefix + error.message, {
      cause: error,
      status: error.status,
      restCode: error.status * 100,
    });
  }
  if (error instanceof ConnectUnreachableError) {
    return new SluiceError('CONNECT_UNAVAILABLE', prefix + hide(error.message), {
      cause: error,
      retriable: true,
      hint: 'Is the Connect worker running? See ksql.connect.url.',
    });
  }
  return new SluiceError('CONNECTOR', prefix + hide(messageOf(error)), { cause: error });
}
