import { ConnectRequestError } from '../client/api.ts';

/** A request that the worker refuses, with HTTP status and Connect's message. */
export class RequestError extends ConnectRequestError {}

export const notFound = (message: string): RequestError => new RequestError(404, message);
export const badRequest = (message: string): RequestError => new RequestError(400, message);
export const conflict = (message: string): RequestError => new RequestError(409, message);
