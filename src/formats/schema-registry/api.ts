import type { RegistrySchema } from '../api.ts';

/**
 * A schema registry: in this process, or another one through Confluent's REST API. Errors are SluiceErrors whose
 * `status` and `restCode` are Confluent's.
 */
export interface SchemaRegistry {
  /**
   * Registers a schema under a subject and returns its id. Registering an equal schema again returns the same id.
   * @throws SluiceError CONFLICT (409: incompatible with earlier versions), BAD_REQUEST (422: not a schema)
   */
  register(subject: string, schema: RegistrySchema): Promise<number>;
  /** The version of a subject whose schema equals `schema`. */
  lookup(subject: string, schema: RegistrySchema): Promise<SubjectVersion | undefined>;
  /** A schema of any subject; `resolved` contains the texts of its references. */
  schemaById(id: number): Promise<RegistrySchema | undefined>;
  latest(subject: string): Promise<SubjectVersion | undefined>;
  version(subject: string, version: number): Promise<SubjectVersion | undefined>;
  /** Ascending; undefined for an unknown subject. */
  versions(subject: string): Promise<readonly number[] | undefined>;
  subjects(): Promise<readonly string[]>;
  checkCompatibility(subject: string, schema: RegistrySchema): Promise<CompatibilityResult>;
  /** The compatibility level of the subject, or the global one. */
  compatibility(subject?: string): Promise<CompatibilityLevel>;
  setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void>;
  /**
   * Soft-deletes (hides) all versions, or permanently removes soft-deleted ones. Returns the versions.
   * @throws NOT_FOUND
   */
  deleteSubject(subject: string, permanent?: boolean): Promise<readonly number[]>;
  deleteVersion(subject: string, version: number, permanent?: boolean): Promise<number>;
}

export interface SubjectVersion {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly schema: RegistrySchema;
}

export interface CompatibilityResult {
  readonly compatible: boolean;
  /** The reasons for an incompatibility, one sentence each. */
  readonly messages: readonly string[];
}

export const COMPATIBILITY_LEVELS = [
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
  'NONE',
] as const;
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number];

/** The subject of a topic's keys or values (TopicNameStrategy). */
export function subjectOf(topic: string, isKey: boolean): string {
  return `${topic}-${isKey ? 'key' : 'value'}`;
}
