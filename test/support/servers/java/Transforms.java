import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Applies transforms of Kafka Connect and Debezium to records: the first file has cases `{transform, config, record}`, a
 * line of the second is the outcome of each: a record, null for a dropped one, or an error. Keys, values and headers are
 * texts of JsonConverter with schemas; a text that is no such envelope has no schema.
 */
public final class Transforms {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonConverter WITH_SCHEMA = converter(true);
  private static final JsonConverter WITHOUT = converter(false);

  public static void main(String[] args) throws Exception {
    try (PrintWriter out = new PrintWriter(args[1], StandardCharsets.UTF_8)) {
      for (JsonNode one : JSON.readTree(new File(args[0]))) out.println(JSON.writeValueAsString(outcome(one)));
    }
  }

  @SuppressWarnings("unchecked")
  private static JsonNode outcome(JsonNode one) {
    ObjectNode answer = JSON.createObjectNode();
    Transformation<SourceRecord> transform = null;
    String stage = "configure";
    try {
      transform = (Transformation<SourceRecord>) Class.forName(one.get("transform").asText()).getDeclaredConstructor().newInstance();
      Map<String, String> config = new HashMap<>();
      one.get("config").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().asText()));
      transform.configure(config);
      stage = "apply";
      SourceRecord made = transform.apply(record(one.get("record")));
      if (made == null) { answer.putNull("record"); return answer; }
      answer.set("record", written(made));
    } catch (Throwable error) {
      answer.put("error", stage);
      answer.put("message", String.valueOf(error.getMessage()));
    } finally {
      try {
        if (transform != null) transform.close();
      } catch (Throwable ignored) {
        // Of a transform that was not configured.
      }
    }
    return answer;
  }

  private static SourceRecord record(JsonNode node) throws Exception {
    String topic = node.get("topic").asText();
    SchemaAndValue key = read(topic, node.get("key"));
    SchemaAndValue value = read(topic, node.get("value"));
    Long timestamp = node.hasNonNull("timestamp") ? node.get("timestamp").asLong() : null;
    SourceRecord made = new SourceRecord(Map.of(), Map.of(), topic, null, key.schema(), key.value(), value.schema(), value.value(), timestamp);
    if (node.has("headers"))
      node.get("headers").fields().forEachRemaining(e -> {
        if (!e.getValue().isArray()) made.headers().addString(e.getKey(), e.getValue().asText());
        else {
          List<String> items = new ArrayList<>();
          e.getValue().forEach(item -> items.add(item.asText()));
          made.headers().addList(e.getKey(), items, SchemaBuilder.array(Schema.STRING_SCHEMA).build());
        }
      });
    return made;
  }

  private static SchemaAndValue read(String topic, JsonNode node) throws Exception {
    if (node == null || node.isNull()) return SchemaAndValue.NULL;
    boolean enveloped = node.isObject() && node.size() == 2 && node.has("schema") && node.has("payload");
    byte[] bytes = JSON.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
    return (enveloped ? WITH_SCHEMA : WITHOUT).toConnectData(topic, bytes);
  }

  private static ObjectNode written(SourceRecord made) throws Exception {
    ObjectNode node = JSON.createObjectNode();
    node.put("topic", made.topic());
    node.set("key", written(made.topic(), made.keySchema(), made.key()));
    node.set("value", written(made.topic(), made.valueSchema(), made.value()));
    if (made.timestamp() != null) node.put("timestamp", made.timestamp());
    ArrayNode headers = node.putArray("headers");
    for (Header header : made.headers()) {
      ObjectNode one = headers.addObject();
      one.put("key", header.key());
      one.set("value", written(made.topic(), header.schema(), header.value()));
    }
    return node;
  }

  private static JsonNode written(String topic, Schema schema, Object value) throws Exception {
    byte[] bytes = (schema == null ? WITHOUT : WITH_SCHEMA).fromConnectData(topic, schema, value);
    return bytes == null ? JSON.nullNode() : JSON.readTree(bytes);
  }

  private static JsonConverter converter(boolean schemas) {
    JsonConverter converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", String.valueOf(schemas), "replace.null.with.default", "false"), false);
    return converter;
  }
}
