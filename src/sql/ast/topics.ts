import type { Node } from './node.ts';

export type TopicStatement = DropTopic;

/** DROP TOPIC [IF EXISTS] name: the topic and its records. */
export interface DropTopic extends Node {
  readonly kind: 'DropTopic';
  readonly ifExists: boolean;
  /** As written, since topic names keep their case. */
  readonly topic: string;
}
