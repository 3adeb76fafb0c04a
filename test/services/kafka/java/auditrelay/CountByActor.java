package auditrelay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * What somebody who reads the topic might write first, without a look into any value: how many events each actor has, by
 * the records' keys, and how many there are of each type, by their headers; both kept up to date in another topic.
 * Arguments: brokers, the topic of events, the topic of counts, a folder. Ends with its standard input.
 */
public final class CountByActor {
    public static void main(String[] arguments) throws IOException {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(arguments[1], Consumed.with(Serdes.String(), Serdes.String()))
            .process(Sorted::new)
            .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
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

    /** Each event once by its actor and once by its type. */
    private static final class Sorted extends ContextualProcessor<String, String, String, String> {
        @Override
        public void process(Record<String, String> event) {
            String actor = event.key() == null ? "nobody" : event.key();
            byte[] type = event.headers().lastHeader("openai-event-type").value();
            context().forward(event.withKey("actor " + actor));
            context().forward(event.withKey("type " + new String(type, StandardCharsets.UTF_8)));
        }
    }
}
