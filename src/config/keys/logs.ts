import { group, guard, server } from '../server-key.ts';

/** The server’s log and the processing log. */
export const LOG_KEYS = group(
  'Logs',
  {
    high: [],
    medium: [
      'logLevel',
      'logFile',
      'loggingProcessingTopicAutoCreate',
      'loggingProcessingStreamAutoCreate',
      'loggingProcessingRowsInclude',
    ],
  },
  {
    logLevel: server(
      'log.level',
      'STRING',
      'warn',
      'Level of the server’s own log: debug, info, warn, error or silent.',
      ['debug', 'info', 'warn', 'error', 'silent'],
    ),
    logFile: guard(
      server(
        'log.file',
        'STRING',
        null,
        'File of that log; default: standard error, or server.log in data.dir while a console holds the terminal.',
      ),
    ),
    loggingProcessingTopicName: server(
      'ksql.logging.processing.topic.name',
      'STRING',
      null,
      'Topic of the processing log; default `<service id>ksql_processing_log`.',
    ),
    loggingProcessingTopicAutoCreate: server(
      'ksql.logging.processing.topic.auto.create',
      'BOOLEAN',
      'false',
      'Create the processing log’s topic.',
    ),
    loggingProcessingStreamAutoCreate: server(
      'ksql.logging.processing.stream.auto.create',
      'BOOLEAN',
      'false',
      'Declare a stream over it, and create the topic where it is missing.',
    ),
    loggingProcessingStreamName: server(
      'ksql.logging.processing.stream.name',
      'STRING',
      'KSQL_PROCESSING_LOG',
      'Name of the stream that stream.auto.create declares.',
    ),
    loggingProcessingRowsInclude: guard(
      server(
        'ksql.logging.processing.rows.include',
        'BOOLEAN',
        'false',
        'Put rows, and the bytes of records that cannot be read, into the processing log; they may hold personal data.',
      ),
    ),
  },
);
