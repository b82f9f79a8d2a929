import type { Env } from '../../../base/env.ts';
import { isSluiceError } from '../../../base/errors.ts';
import type { Log } from '../../../log/api.ts';
import { Fenced } from '../../../log/api.ts';
import type { Config, RawConfig } from '../../api/config-spec.ts';
import type { PlannedTopic, SourceProgress, TopicDeclaration, TopicRefusal } from '../../api/connector.ts';
import { RetriableError } from '../../api/errors.ts';
import type { ConnectorNews } from '../../client/api.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import type { FrameworkSettings } from '../config/framework-settings.ts';
import type { Deliveries } from '../deliveries.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import type { WorkerStore } from '../store/worker-store.ts';
import type { Startups } from './startups.ts';
import type { TaskMeter } from './task-meter.ts';

/** What every task receives from its worker. */
export interface TaskHost {
  readonly env: Env;
  readonly log: Log;
  readonly store: WorkerStore;
  readonly catalog: PluginCatalog;
  /** `key.converter`, `value.converter` and their settings, for connectors that name none. */
  readonly workerDefaults: RawConfig;
  readonly deliveries: Deliveries;
  readonly startups: { readonly connectors: Startups; readonly tasks: Startups };
  /** `group.id` of the worker, the prefix of its transactional ids. */
  readonly groupId: string;
  /** Creates the topic if necessary; returns its number of partitions. */
  ensureTopic(connector: string, topic: string): Promise<number>;
  declareTopic(connector: string, declaration: TopicDeclaration): Promise<void>;
  /** The topic of a topic's records after the connector's transforms; undefined when it cannot be predicted. */
  topicBehindTransforms(connector: string, topic: string): string | undefined;
  /** Why the connector may not write the topic; undefined: it may. */
  refusal(connector: string, planned: PlannedTopic): TopicRefusal | undefined;
  /** Reports news of connectors to listeners. */
  tell(news: ConnectorNews): void;
  /** Reports the schemas of records that were written, after transforms. */
  learnSchemas(connector: string, topic: string, key: ConnectSchema | null, value: ConnectSchema | null): void;
}

/** What a task has done since the worker created it, over its restarts. */
export interface TaskTotals {
  /** Records that a source has written or a sink has accepted. */
  records: number;
  /** Records that could not be handled: they were skipped, or ended the task. */
  failures: number;
  /** The reason for the last failure, without secrets. */
  lastFailure?: string | undefined;
  /** Repeated calls to the task or the log. */
  retries: number;
}

export interface TaskSpec {
  readonly connector: string;
  readonly taskId: number;
  readonly totals: TaskTotals;
  readonly meter: TaskMeter;
  /** The task's settings, with secrets resolved. */
  readonly raw: RawConfig;
  readonly config: Config;
  readonly framework: FrameworkSettings;
  /** Called with a remark to show beside the connector's state; `instead` is an earlier remark that it replaces. */
  readonly onRemark: (text: string, instead?: string) => void;
  /** Called with the progress of a source. */
  readonly onProgress: (progress: SourceProgress) => void;
  /** Removes the connector's secrets from a text that leaves the worker. */
  readonly hide: (text: string) => string;
  /** Called on every change that the status shows. An error beside RUNNING means that the task is retrying. */
  readonly onState: (state: 'RUNNING' | 'PAUSED' | 'FAILED', error?: unknown) => void;
}

/** Whether the same call may succeed later: the log is unavailable or full, or the plugin said so. */
export function isRetriable(error: unknown): boolean {
  if (error instanceof Fenced) return false;
  if (error instanceof RetriableError) return true;
  return isSluiceError(error) && (error.retriable || error.code === 'LOG_UNAVAILABLE' || error.code === 'LOG_FULL');
}

/** Like isRetriable, but also considers causes: whether the worker restarts a failed task by itself. */
export function mayRecover(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    if (isRetriable(at)) return true;
  }
  return false;
}
