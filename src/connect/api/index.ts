/**
 * Public door 3, `sluice/connect`: what a connector, converter or transform is written against. Types and pure helpers
 * only.
 */
export * from './config-spec.ts';
export * from './connector.ts';
export * from './converter.ts';
export * from './delivery.ts';
export * from './errors.ts';
export * from './record.ts';
export * from './schema.ts';
export * from './sql-mapping.ts';
