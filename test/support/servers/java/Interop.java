import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.*;

/**
 * The Java client as the reference implementation. Records are a function of their number, so that both sides can
 * compute them (test/integration/log-kafka-java.test.ts).
 */
public class Interop {
  public static void main(String[] a) throws Exception {
    switch (a[0]) {
      case "produce" -> produce(a[1], a[2], a[3], Integer.parseInt(a[4]), Boolean.parseBoolean(a[5]));
      case "transactions" -> transactions(a[1], a[2], a[3]);
      case "consume" -> consume(a[1], a[2], a[3], Integer.parseInt(a[4]));
      case "partition" -> partition(a);
      default -> throw new IllegalArgumentException(a[0]);
    }
  }

  static byte[] key(int i) { return i % 7 == 3 ? null : ("key-" + i).getBytes(); }
  static byte[] value(int i) { return i % 11 == 5 ? null : ("value-" + i + "-" + "äx".repeat(i % 50)).getBytes(java.nio.charset.StandardCharsets.UTF_8); }

  static ProducerRecord<byte[], byte[]> record(String topic, int i) {
    var r = new ProducerRecord<>(topic, 0, 1_700_000_000_000L + i * 37L, key(i), value(i));
    if (i % 5 == 0) r.headers().add("n", ("" + i).getBytes()).add("none", null);
    return r;
  }

  static Properties common(String bootstrap) {
    var p = new Properties();
    p.put("bootstrap.servers", bootstrap);
    p.put("key.serializer", ByteArraySerializer.class.getName());
    p.put("value.serializer", ByteArraySerializer.class.getName());
    p.put("key.deserializer", ByteArrayDeserializer.class.getName());
    p.put("value.deserializer", ByteArrayDeserializer.class.getName());
    return p;
  }

  static void produce(String bootstrap, String topic, String codec, int n, boolean idempotent) throws Exception {
    var p = common(bootstrap);
    p.put("compression.type", codec);
    p.put("enable.idempotence", "" + idempotent);
    p.put("linger.ms", "1000");
    p.put("batch.size", "1000000");
    try (var producer = new KafkaProducer<byte[], byte[]>(p)) {
      for (int i = 0; i < n; i++) producer.send(record(topic, i));
      producer.flush();
    }
  }

  /**
   * One letter per step: s sends the next record, c commits, a aborts. A transaction begins with the first record after
   * the end of the previous one.
   */
  static void transactions(String bootstrap, String topic, String steps) throws Exception {
    var p = common(bootstrap);
    p.put("transactional.id", "java-" + topic);
    try (var producer = new KafkaProducer<byte[], byte[]>(p)) {
      producer.initTransactions();
      boolean open = false;
      int i = 0;
      for (char step : steps.toCharArray()) {
        if (step == 's') {
          if (!open) producer.beginTransaction();
          open = true;
          producer.send(record(topic, i++)).get();
        } else if (open) {
          if (step == 'c') producer.commitTransaction(); else producer.abortTransaction();
          open = false;
        }
      }
    }
  }

  static void consume(String bootstrap, String topic, String isolation, int n) {
    var p = common(bootstrap);
    p.put("isolation.level", isolation);
    p.put("check.crcs", "true");
    try (var consumer = new KafkaConsumer<byte[], byte[]>(p)) {
      var tp = new TopicPartition(topic, 0);
      consumer.assign(List.of(tp));
      consumer.seekToBeginning(List.of(tp));
      long end = consumer.endOffsets(List.of(tp)).get(tp);
      var out = new StringBuilder();
      long deadline = System.currentTimeMillis() + 30_000;
      while (consumer.position(tp) < end && System.currentTimeMillis() < deadline) {
        for (var r : consumer.poll(Duration.ofMillis(200))) {
          out.append(r.offset()).append(' ').append(r.timestamp()).append(' ').append(r.timestampType()).append(' ').append(hex(r.key())).append(' ').append(hex(r.value()));
          for (Header h : r.headers()) out.append(' ').append(h.key()).append('=').append(hex(h.value()));
          out.append('\n');
        }
      }
      System.out.print(out);
    }
  }

  /** The partitions that the Java client chooses for keys. */
  static void partition(String[] a) {
    int partitions = Integer.parseInt(a[1]);
    for (int i = 2; i < a.length; i++) {
      byte[] key = a[i].getBytes(java.nio.charset.StandardCharsets.UTF_8);
      System.out.println(org.apache.kafka.common.utils.Utils.toPositive(org.apache.kafka.common.utils.Utils.murmur2(key)) % partitions);
    }
  }

  static String hex(byte[] b) { return b == null ? "null" : "x" + HexFormat.of().formatHex(b); }
}
