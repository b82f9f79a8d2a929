import { isUtf8 } from 'node:buffer';
import { access, open, type FileHandle } from 'node:fs/promises';
import type { Config, RawConfig } from '../../api/config-spec.ts';
import type {
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
  SourceTask,
  SourceTaskContext,
} from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../api/record.ts';
import { primitive } from '../../api/schema.ts';
import { FILE_SOURCE } from './file-keys.ts';

const IDLE_MS = 200;
const CHUNK_BYTES = 256 * 1024;
/** A line may not be longer: something is wrong with the file. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const LINE = primitive('STRING', false);

class FileSourceConnector implements SourceConnector {
  #raw: RawConfig = {};

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.#raw = config.raw;
    context.declareTopic({
      topic: config.get(FILE_SOURCE.topic),
      entity: config.get(FILE_SOURCE.topic),
      keySchema: null,
      keyColumns: [],
      isTable: false,
      valueSchema: LINE,
    });
    // As in Kafka it is waited for; a slip of the pen would be waited for as well.
    const file = config.get(FILE_SOURCE.file);
    if (file === undefined) return;
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere)
      context.remark([`File ${file} was not there when the connector started: it is read as soon as it is`]);
  }
  async taskConfigs(): Promise<readonly RawConfig[]> {
    return [this.#raw];
  }
  async stop(): Promise<void> {}

  alterOffsets(config: Config, offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[]): void {
    for (const { partition, offset } of offsets) {
      if (typeof partition['filename'] !== 'string') {
        throw new ConnectError("Partition objects for this connector must have the key 'filename'");
      }
      if (offset === null) continue;
      const file = config.get(FILE_SOURCE.file);
      if (partition['filename'] !== file)
        throw new ConnectError(
          `There is no partition ${JSON.stringify(partition)}: this connector reads ${JSON.stringify({ filename: file })}`,
        );
      const position = offset['position'];
      if (typeof position !== 'number' || !Number.isInteger(position)) {
        throw new ConnectError(`Failed to parse the offset ${JSON.stringify(position)}: 'position' must be an integer`);
      }
      if (position < 0) throw new ConnectError('The value for the position key should be a non-negative value');
    }
  }
}

/**
 * Whole lines only: a last line without its end waits. The offset is the position after the last line that was handed
 * over.
 */
class FileSourceTask implements SourceTask {
  #path = '';
  #topic = '';
  #partition: OffsetMap = {};
  #batch = 0;
  #position = 0;
  #handle: FileHandle | undefined;
  #context: SourceTaskContext | undefined;
  #isToldOfBytes = false;
  #rest: Buffer = Buffer.alloc(0);

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    const path = config.get(FILE_SOURCE.file);
    if (path === undefined || path === '')
      throw new ConnectError('Reading from standard input is not possible here: set "file"');
    this.#path = path;
    this.#partition = { filename: path };
    this.#topic = config.get(FILE_SOURCE.topic);
    this.#batch = config.get(FILE_SOURCE.batchSize);
    this.#context = context;
    this.#position = Number(context.offset(this.#partition)?.['position'] ?? 0);
  }

  async poll(): Promise<readonly SourceRecord[]> {
    const records: SourceRecord[] = [];
    while (records.length < this.#batch) {
      const chunk = await this.#read();
      if (chunk === undefined) break;
      const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
      let from = 0;
      for (let end; records.length < this.#batch && (end = data.indexOf(10, from)) !== -1; from = end + 1) {
        const last = end > from && data[end - 1] === 13 ? end - 1 : end;
        if (!this.#isToldOfBytes) this.#tellOfBytes(data.subarray(from, last));
        this.#position += end + 1 - from;
        records.push({
          topic: this.#topic,
          keySchema: null,
          key: null,
          valueSchema: LINE,
          value: data.toString('utf8', from, last),
          sourcePartition: this.#partition,
          // That of the last line is the poll's.
          sourceOffset: null,
        });
      }
      this.#rest = data.subarray(from);
      if (this.#rest.length > LINE_BYTES_MAX && this.#rest.indexOf(10) === -1) {
        throw new ConnectError(
          `A line of ${this.#path} at position ${this.#position} is longer than ${LINE_BYTES_MAX} bytes`,
        );
      }
    }
    const last = records.at(-1);
    if (last === undefined) await this.#idle();
    else records[records.length - 1] = { ...last, sourceOffset: { position: this.#position } };
    return records;
  }

  async stop(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Values are text: the first line that is not one is told, whatever stands in its place. */
  #tellOfBytes(line: Buffer): void {
    if (isUtf8(line)) return;
    this.#isToldOfBytes = true;
    this.#context!.remark(
      `${this.#path} is not all UTF-8: bytes of the line at position ${this.#position}, and perhaps of later ones, are ` +
        'replaced by U+FFFD in the topic, as in Kafka. Have the file in UTF-8 where they matter',
    );
  }

  /** The next bytes; undefined at the end of the file, or while there is no file. */
  async #read(): Promise<Buffer | undefined> {
    if (this.#rest.indexOf(10) !== -1) return Buffer.alloc(0);
    if (!this.#handle) {
      try {
        this.#handle = await open(this.#path, 'r');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new ConnectError(`Cannot read ${this.#path}: ${(error as Error).message}`, { cause: error });
      }
    }
    const at = this.#position + this.#rest.length;
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = await this.#handle.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead > 0) return chunk.subarray(0, bytesRead);
    const { size } = await this.#handle.stat();
    if (size < at) {
      this.#context!.env.logger.warn(`${this.#path} was cut to ${size} bytes: reading from its beginning`);
      this.#position = 0;
      this.#rest = Buffer.alloc(0);
      await this.stop();
    }
    return undefined;
  }

  async #idle(): Promise<void> {
    await this.#context!.env.timers.sleep(IDLE_MS, this.#context!.signal).catch(() => {});
  }
}

export const implementation: SourceImplementation = {
  createConnector: () => new FileSourceConnector(),
  createTask: () => new FileSourceTask(),
};
