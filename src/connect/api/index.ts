/**
 * Public entry point `sluice/connect`: everything that a connector, converter or transform needs. Only types and pure
 * helpers.
 */
export * from './config-spec.ts';
export * from './connector.ts';
export * from './converter.ts';
export * from './delivery.ts';
export * from './errors.ts';
export * from './record.ts';
export * from './schema.ts';
export * from './sql-mapping.ts';
