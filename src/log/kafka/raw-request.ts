import { type Connection, type Reader, Writer } from './client-library.ts';
import type { ApiVersion } from './cluster.ts';

/** A request that we encode and decode ourselves, sent over the library's connection: fetch and produce. */
export function rawRequest<Args extends unknown[], Response>(
  key: number,
  version: number,
  encode: (...args: Args) => readonly Buffer[],
  decode: (bytes: Buffer) => Response,
): ApiVersion<Args, Response> {
  return {
    api: {
      key,
      version,
      async: (connection: Connection, ...args: Args) =>
        new Promise<Response>((resolve, reject) => {
          const payload = (): Writer => {
            const writer = Writer.create();
            for (const part of encode(...args)) writer.append(part);
            return writer;
          };
          const parse = (_correlationId: number, _key: number, _version: number, reader: Reader): Response => {
            const bytes = reader.buffer.buffer;
            return decode(reader.position === 0 ? bytes : bytes.subarray(reader.position));
          };
          connection.send<Response>(key, version, payload, parse, true, true, (error, response) => {
            if (error) reject(error);
            else resolve(response!);
          });
        }),
    },
  };
}
