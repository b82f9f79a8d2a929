CREATE STREAM orders (id INT KEY, user_id INT, amount DOUBLE, status STRING, at TIMESTAMP, note VARCHAR, price DECIMAL(10, 2), items ARRAY<STRING>, addr STRUCT<city STRING, zip STRING>, tags MAP<STRING, STRING>) WITH (kafka_topic='orders', value_format='JSON', partitions=1);
CREATE TABLE users (id INT PRIMARY KEY, name STRING, email STRING, level STRING, created TIMESTAMP) WITH (kafka_topic='users', value_format='JSON', partitions=1);
CREATE STREAM clicks (user_id INT, url STRING, millis BIGINT) WITH (kafka_topic='clicks', value_format='JSON', partitions=4);
CREATE STREAM wide (id INT KEY, v INT) WITH (kafka_topic='wide', value_format='JSON', partitions=3);
CREATE STREAM people (user_name STRING KEY, age INT) WITH (kafka_topic='people', value_format='JSON', partitions=1);
CREATE STREAM `my-stream` (a INT) WITH (kafka_topic='my-stream', value_format='JSON', partitions=1);
CREATE TABLE by_level AS SELECT level, COUNT(*) AS n FROM users GROUP BY level EMIT CHANGES;
CREATE TABLE per_hour AS SELECT user_id, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY user_id EMIT CHANGES;
CREATE TYPE address AS STRUCT<street STRING, city STRING>;
