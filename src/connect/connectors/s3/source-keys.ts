import { configKeys } from '../../api/config-spec.ts';

/** The settings of the source, without those that all sources of objects have. */
export const S3_SOURCE = configKeys({
  folder: {
    name: 's3.prefix',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'Folder in the bucket whose objects are read, with all below. With s3.url it stands there.',
    group: 'S3',
    order: 12,
    displayName: 'Folder',
  },
});
