import java.io.FileInputStream;
import java.util.Properties;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One node of OpenSearch. Its argument is a file of settings; `folder` there is where it keeps its data. */
public class OpenSearchNode {
  public static void main(String[] args) throws Exception {
    Properties given = new Properties();
    try (FileInputStream in = new FileInputStream(args[0])) {
      given.load(in);
    }
    String folder = (String) given.remove("folder");
    OpenSearchRunner runner = new OpenSearchRunner();
    runner.onBuild((number, settings) -> {
      // A single node elects nobody, and refuses to be told whom to elect.
      settings.remove("cluster.initial_cluster_manager_nodes");
      settings.remove("cluster.initial_master_nodes");
      given.forEach((name, value) -> settings.put((String) name, (String) value));
    });
    runner.build(OpenSearchRunner.newConfigs().basePath(folder).numOfNode(1).useLogger());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        runner.close();
      } catch (Exception e) {
        e.printStackTrace();
      }
    }));
    System.out.println("OpenSearch is ready");
    Thread.currentThread().join();
  }
}
