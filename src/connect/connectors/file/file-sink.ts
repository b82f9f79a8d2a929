import { open, type FileHandle } from 'node:fs/promises';
import type { Config } from '../../api/config-spec.ts';
import type { SinkImplementation, SinkTask } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonTextOf } from '../internal/plain-value.ts';
import { FILE_SINK } from './file-keys.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';

class FileSinkTask implements SinkTask {
  #file: FileHandle | undefined;
  #withKeys = false;

  async start(config: Config): Promise<void> {
    this.#withKeys = config.get(FILE_SINK.recordKeyColumns);
    const path = config.get(FILE_SINK.file);
    if (path === undefined || path === '')
      throw new ConnectError('Writing to standard output is not possible here: set "file"');
    try {
      this.#file = await open(path, 'a');
    } catch (error) {
      throw new ConnectError(
        `Couldn't find or create file '${path}' for FileStreamSinkTask: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#file!.appendFile(records.map((r) => `${this.#lineOf(r)}\n`).join(''));
  }

  #lineOf(record: SinkRecord): string {
    const { keySchema, key, valueSchema, value } = record;
    if (!this.#withKeys || keySchema?.type !== 'STRUCT' || key === null) return lineOf(valueSchema, value);
    const keyPart = jsonTextOf(keySchema, key).slice(1, -1);
    if (value === null) return `{${keyPart},"__deleted":true}`;
    if (valueSchema?.type !== 'STRUCT') return `{${keyPart},"value":${jsonTextOf(valueSchema, value)}}`;
    const valuePart = jsonTextOf(valueSchema, value).slice(1, -1);
    return `{${keyPart}${valuePart === '' ? '' : `,${valuePart}`}}`;
  }

  async flush(): Promise<void> {
    try {
      await this.#file?.datasync();
    } catch (error) {
      // A pipe or a device cannot be synced.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** Strings unchanged; everything else as JSON, structs with the names of their fields. */
function lineOf(schema: ConnectSchema | null, value: unknown): string {
  return typeof value === 'string' ? value : jsonTextOf(schema, value);
}

export const implementation: SinkImplementation = {
  createConnector: () => new OneConfigSinkConnector(),
  createTask: () => new FileSinkTask(),
};
