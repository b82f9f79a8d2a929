import type { ConnectorPlugin } from '../api/connector.ts';

/** Every built-in connector. To add one: a folder, and a line here. Tables only: drivers are loaded when a connector starts. */
export const CONNECTORS: readonly ConnectorPlugin[] = [];
