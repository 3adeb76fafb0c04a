package auditrelay;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** All that a topic held when it was asked, read by Kafka's own consumer. */
final class Records {
    static Object all(Admin admin, JsonNode asked) throws Exception {
        Map<String, Object> options = Map.of(
            "bootstrap.servers", asked.get("bootstrap").asText(),
            "allow.auto.create.topics", false,
            "max.poll.records", 10_000,
            "fetch.max.wait.ms", 20,
            "isolation.level", asked.path("isCommitted").asBoolean() ? "read_committed" : "read_uncommitted");
        boolean isBrief = asked.path("isBrief").asBoolean();
        List<Object> found = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(asked.get("name").asText()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!isDecided(admin, partitions)) Thread.sleep(20);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition)))
                consumer.poll(Duration.ofMillis(200)).forEach(record -> found.add(plain(record, isBrief)));
        }
        return found;
    }

    /** A commit is answered before its marks are in the partitions. */
    private static boolean isDecided(Admin admin, List<TopicPartition> partitions) throws Exception {
        return ends(admin, partitions, IsolationLevel.READ_COMMITTED)
            .equals(ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED));
    }

    private static List<Long> ends(Admin admin, List<TopicPartition> partitions, IsolationLevel level) throws Exception {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        var found = admin.listOffsets(latest, new ListOffsetsOptions(level)).all().get();
        return partitions.stream().map(partition -> found.get(partition).offset()).toList();
    }

    /** One record for each key, put where Kafka's own producer puts it: the partitions, in the order of the keys. */
    static Object write(Admin admin, JsonNode asked) throws Exception {
        Map<String, Object> options = Map.of("bootstrap.servers", asked.get("bootstrap").asText());
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (var producer = new KafkaProducer<>(options, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (JsonNode key : asked.get("keys")) {
                byte[] bytes = key.asText().getBytes(StandardCharsets.UTF_8);
                sent.add(producer.send(new ProducerRecord<>(asked.get("name").asText(), bytes, bytes)));
            }
        }
        List<Integer> partitions = new ArrayList<>();
        for (var record : sent) partitions.add(record.get().partition());
        return partitions;
    }

    private static Map<String, Object> plain(ConsumerRecord<byte[], byte[]> record, boolean isBrief) {
        Map<String, Object> plain = new HashMap<>();
        plain.put("partition", record.partition());
        plain.put("offset", record.offset());
        plain.put("timestampMs", record.timestamp());
        plain.put("timestampType", record.timestampType().toString());
        plain.put("key", text(record.key()));
        plain.put("value", isBrief ? null : text(record.value()));
        plain.put("headers", Arrays.stream(record.headers().toArray())
            .map(header -> new String[] {header.key(), text(header.value())}).toList());
        return plain;
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }
}
