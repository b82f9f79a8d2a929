/** The version of Kafka Connect whose REST API this worker serves. */
export const CONNECT_VERSION = '4.3.1';
