package auditrelay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/**
 * What somebody who reads the topic might write first: how many events each actor has, kept up to date in another
 * topic. Arguments: brokers, the topic of events, the topic of counts, a folder. Ends with its standard input.
 */
public final class CountByActor {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws IOException {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(arguments[1], Consumed.with(Serdes.String(), Serdes.String()))
            .groupBy((key, event) -> actorOf(event), Grouped.with(Serdes.String(), Serdes.String()))
            .count()
            .toStream()
            .mapValues(count -> Long.toString(count))
            .to(arguments[2], Produced.with(Serdes.String(), Serdes.String()));
        Properties settings = new Properties();
        settings.putAll(Map.of(
            "application.id", "count-by-actor-" + arguments[1],
            "bootstrap.servers", arguments[0],
            "auto.offset.reset", "earliest",
            "commit.interval.ms", 100,
            "default.dsl.store", "in_memory",
            "state.dir", arguments[3]));
        try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
            streams.start();
            while (System.in.read() != -1) {}
        }
        System.exit(0);
    }

    /** Of an ECS document. */
    private static String actorOf(String event) {
        try {
            JsonNode user = JSON.readTree(event).path("user");
            return user.path("id").asText("nobody");
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
