import { messageOf, SluiceError } from '../../base/errors.ts';

/** Confluent's error responses: HTTP status, error code and message. */

export const subjectNotFound = (subject: string): SluiceError =>
  new SluiceError('NOT_FOUND', `Subject '${subject}' not found.`, { status: 404, restCode: 40401 });

export const versionNotFound = (version: string | number): SluiceError =>
  new SluiceError('NOT_FOUND', `Version ${version} not found.`, { status: 404, restCode: 40402 });

export const schemaNotFound = (id: string | number): SluiceError =>
  new SluiceError('NOT_FOUND', `Schema ${id} not found.`, { status: 404, restCode: 40403 });

export const schemaNotInSubject = (subject: string): SluiceError =>
  new SluiceError('NOT_FOUND', `The given schema does not match any schema under the subject ${subject}`, {
    status: 404,
    restCode: 40403,
  });

export const softDeleted = (subject: string): SluiceError =>
  new SluiceError('NOT_FOUND', `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`, {
    status: 404,
    restCode: 40404,
  });

export const notSoftDeleted = (subject: string): SluiceError =>
  new SluiceError('NOT_FOUND', `Subject '${subject}' was not deleted first before being permanently deleted`, {
    status: 404,
    restCode: 40405,
  });

export const versionNotSoftDeleted = (subject: string, version: number): SluiceError =>
  new SluiceError(
    'NOT_FOUND',
    `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
    {
      status: 404,
      restCode: 40407,
    },
  );

export const invalidSchema = (reason: string, cause?: unknown): SluiceError =>
  new SluiceError('BAD_REQUEST', `Invalid schema: ${reason}`, { status: 422, restCode: 42201, cause });

export const invalidVersion = (version: string): SluiceError =>
  new SluiceError(
    'BAD_REQUEST',
    `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
    { status: 422, restCode: 42202 },
  );

export const invalidLevel = (): SluiceError =>
  new SluiceError(
    'BAD_REQUEST',
    'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
    { status: 422, restCode: 42203 },
  );

export const incompatible = (subject: string, messages: readonly string[]): SluiceError =>
  new SluiceError(
    'CONFLICT',
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${messages.join(', ')}]`,
    {
      status: 409,
      restCode: 409,
    },
  );

/** A failure that is not one of Confluent's error codes. */
export const storeFailed = (cause: unknown): SluiceError =>
  new SluiceError('INTERNAL', `Error in the backend data store: ${messageOf(cause)}`, {
    status: 500,
    restCode: 50001,
    cause,
  });
