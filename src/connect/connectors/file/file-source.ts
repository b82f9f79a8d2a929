import { isUtf8 } from 'node:buffer';
import { access } from 'node:fs/promises';
import type { Config, RawConfig } from '../../api/config-spec.ts';
import type {
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
  SourceTask,
  SourceTaskContext,
} from '../../api/connector.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../api/record.ts';
import { primitive } from '../../api/schema.ts';
import { FILE_SOURCE } from './file-keys.ts';
import { FollowedFile, type FileChange } from './followed-file.ts';

const IDLE_MS = 200;
/** The longest permitted line: a longer one means that something is wrong with the file. */
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
    // As in Kafka, the source waits for the file. The remark is for the case that the name has a typing error.
    const file = config.get(FILE_SOURCE.file);
    if (file === undefined) return;
    if (await isThere(file)) return;
    context.remark([`File ${file} is not there: it is read as soon as it is`]);
    void forgetOnceThere(file, context);
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

const isThere = async (file: string): Promise<boolean> =>
  await access(file).then(
    () => true,
    () => false,
  );

const LOOK_MS = 1000;

/** Removes the remark when the file exists. */
async function forgetOnceThere(file: string, context: SourceConnectorContext): Promise<void> {
  const { env, signal } = context;
  try {
    while (!(await isThere(file))) await env.timers.sleep(LOOK_MS, signal);
  } catch {
    // The connector was stopped in the meantime.
    return;
  }
  if (!signal.aborted) context.remark([]);
}

/**
 * Reads only whole lines: a last line without its terminator waits until nothing more can be added to its file. The
 * offset is the position after the last returned line, with data that distinguishes the file from others of the same
 * name.
 */
class FileSourceTask implements SourceTask {
  #path = '';
  #topic = '';
  #partition: OffsetMap = {};
  #batch = 0;
  #file!: FollowedFile;
  #context!: SourceTaskContext;
  #isToldOfBytes = false;
  #isToldOfMissing = false;

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    const path = config.get(FILE_SOURCE.file);
    if (path === undefined || path === '')
      throw new ConnectError('Reading from standard input is not possible here: set "file"');
    this.#path = path;
    this.#partition = { filename: path };
    this.#topic = config.get(FILE_SOURCE.topic);
    this.#batch = config.get(FILE_SOURCE.batchSize);
    this.#context = context;
    this.#file = new FollowedFile(path, context.offset(this.#partition));
  }

  async poll(): Promise<readonly SourceRecord[]> {
    const file = this.#file;
    const records: SourceRecord[] = [];
    for (;;) {
      this.#takeLines(records);
      if (records.length >= this.#batch) break;
      const read = await file.read();
      if (read.kind === 'over') {
        const last = file.rest;
        if (last.length > 0) this.#take(last, last.length, records);
        this.#reportChange(read.change, last.length);
        // The line belongs to the finished file: its offset is committed before that of the next file replaces it.
        const offset = file.offset;
        file.restart();
        if (records.length > 0) return this.#placed(records, offset);
        continue;
      }
      this.#reportMissing(read.kind === 'nothing' && read.isMissing);
      if (read.kind === 'nothing') break;
    }
    if (records.length === 0) await this.#idle();
    return this.#placed(records, file.offset);
  }

  async stop(): Promise<void> {
    await this.#file?.close();
  }

  #placed(records: SourceRecord[], offset: OffsetMap): readonly SourceRecord[] {
    const last = records.at(-1);
    if (last !== undefined) records[records.length - 1] = { ...last, sourceOffset: offset };
    return records;
  }

  /** Takes complete lines, as many as a batch has room for. */
  #takeLines(records: SourceRecord[]): void {
    const data = this.#file.rest;
    let from = 0;
    for (let end; records.length < this.#batch && (end = data.indexOf(10, from)) !== -1; from = end + 1)
      this.#push(data.subarray(from, end), this.#file.position + from, records);
    this.#file.consume(from);
    if (data.length - from > LINE_BYTES_MAX && data.indexOf(10, from) === -1)
      throw new ConnectError(
        `A line of ${this.#path} at position ${this.#file.position} is longer than ${LINE_BYTES_MAX} bytes`,
      );
  }

  #take(line: Buffer, bytes: number, records: SourceRecord[]): void {
    this.#push(line, this.#file.position, records);
    this.#file.consume(bytes);
  }

  #push(withEnd: Buffer, position: number, records: SourceRecord[]): void {
    const line = withEnd.at(-1) === 13 ? withEnd.subarray(0, -1) : withEnd;
    if (!this.#isToldOfBytes) this.#tellOfBytes(line, position);
    records.push({
      topic: this.#topic,
      keySchema: null,
      key: null,
      valueSchema: LINE,
      value: line.toString(),
      sourcePartition: this.#partition,
      // The offset of the last line is set by the poll.
      sourceOffset: null,
    });
  }

  /**
   * Values are text: the first line that is not valid UTF-8 is reported; replacement characters stand for its invalid
   * bytes.
   */
  #tellOfBytes(line: Buffer, position: number): void {
    if (isUtf8(line)) return;
    this.#isToldOfBytes = true;
    this.#context.remark(
      `${this.#path} is not all UTF-8: bytes of the line at position ${position}, and perhaps of later ones, are ` +
        'replaced by U+FFFD in the topic, as in Kafka. Have the file in UTF-8 where they matter',
    );
  }

  /** A file that was rotated and read to its end is normal, and only logged. */
  #reportChange({ text, isLossy }: FileChange, unended: number): void {
    const whole =
      unended === 0
        ? text
        : `${text}. The last line of what was there before had no end: its ${unended} bytes are a record as they are`;
    if (isLossy || unended > 0) this.#context.remark(whole);
    else this.#context.env.logger.info(whole);
  }

  #reportMissing(isMissing: boolean): void {
    if (isMissing === this.#isToldOfMissing) return;
    this.#isToldOfMissing = isMissing;
    this.#context.trouble(
      isMissing
        ? new RetriableError(
            `File ${this.#path} is gone, after position ${this.#file.position}: one of that name is read as soon as it is there`,
          )
        : undefined,
    );
  }

  async #idle(): Promise<void> {
    await this.#context.env.timers.sleep(IDLE_MS, this.#context.signal).catch(() => {});
  }
}

export const implementation: SourceImplementation = {
  createConnector: () => new FileSourceConnector(),
  createTask: () => new FileSourceTask(),
};
