import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;

/** Prints the settings of the transforms and predicates that are named: `{class: [{name, type, default}]}`. */
public final class TransformOptions {
  public static void main(String[] classes) throws Exception {
    ObjectMapper json = new ObjectMapper();
    ObjectNode all = json.createObjectNode();
    for (String name : classes) {
      Class<?> type = Class.forName(name);
      ConfigDef settings = (ConfigDef) type.getMethod("config").invoke(type.getDeclaredConstructor().newInstance());
      ArrayNode keys = all.putArray(name);
      for (Map.Entry<String, ConfigDef.ConfigKey> one : new TreeMap<>(settings.configKeys()).entrySet()) {
        ConfigDef.ConfigKey key = one.getValue();
        ObjectNode node = keys.addObject();
        node.put("name", key.name);
        node.put("type", key.type.toString());
        if (key.hasDefault()) node.put("default", key.defaultValue == null ? null : ConfigDef.convertToString(key.defaultValue, key.type));
      }
    }
    System.out.println(json.writeValueAsString(all));
  }
}
