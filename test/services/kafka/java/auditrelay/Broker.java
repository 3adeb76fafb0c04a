package auditrelay;

import java.nio.file.Files;
import java.nio.file.Path;

/** A broker in one virtual machine: formats its folder where that is new, and serves. Arguments: properties, folder, cluster. */
public final class Broker {
    public static void main(String[] arguments) {
        String properties = arguments[0];
        if (Files.notExists(Path.of(arguments[1], "meta.properties"))) format(properties, arguments[2]);
        kafka.Kafka.main(new String[] {properties});
    }

    private static void format(String properties, String cluster) {
        String[] command = {"format", "--cluster-id", cluster, "--config", properties};
        if (kafka.tools.StorageTool.execute(command, System.out) != 0) System.exit(1);
    }
}
