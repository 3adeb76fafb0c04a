package auditrelay;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

/** What can be asked of the gateway, by name. `../gateway.ts` says what goes in and what comes out. */
final class Orders {
    static Map<String, Gateway.Order> all() {
        Map<String, Gateway.Order> orders = new HashMap<>();
        orders.put("create-topic", Orders::createTopic);
        orders.put("delete-topic", (admin, asked) -> admin.deleteTopics(List.of(name(asked))).all().get());
        orders.put("topics", (admin, asked) -> admin.listTopics().names().get());
        orders.put("partitions", Orders::partitions);
        orders.put("lead", Orders::lead);
        orders.put("configure", Orders::configure);
        orders.put("allow", Orders::allow);
        orders.put("scram", Orders::scram);
        orders.put("quota", Orders::quota);
        orders.put("size", Orders::size);
        orders.put("records", Records::all);
        orders.put("write", Records::write);
        return orders;
    }

    private static Object createTopic(Admin admin, JsonNode asked) throws Exception {
        short replicas = (short) asked.path("replicas").asInt(1);
        int partitions = asked.path("partitions").asInt(3);
        NewTopic topic = new NewTopic(name(asked), partitions, replicas);
        admin.createTopics(List.of(topic.configs(strings(asked.path("configs"))))).all().get();
        // Answered by the leaders, when they know that they are.
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int each = 0; each < partitions; each++) ends.put(new TopicPartition(name(asked), each), OffsetSpec.latest());
        while (!areAnswered(admin, ends)) Thread.sleep(20);
        return Map.of();
    }

    private static boolean areAnswered(Admin admin, Map<TopicPartition, OffsetSpec> asked) throws Exception {
        try {
            admin.listOffsets(asked).all().get();
            return true;
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RetriableException) return false;
            throw failure;
        }
    }

    private static Object partitions(Admin admin, JsonNode asked) throws Exception {
        List<TopicPartition> partitions = new ArrayList<>();
        var topic = admin.describeTopics(List.of(name(asked))).allTopicNames().get().get(name(asked));
        topic.partitions().forEach(info -> partitions.add(new TopicPartition(name(asked), info.partition())));
        var producers = admin.describeProducers(partitions).all().get();
        List<Object> found = new ArrayList<>();
        for (var info : topic.partitions()) {
            var active = producers.get(new TopicPartition(name(asked), info.partition())).activeProducers();
            int leader = info.leader() == null ? -1 : info.leader().id();
            found.add(Map.of(
                "partition", info.partition(),
                "leader", leader,
                "inSync", info.isr().stream().map(Node::id).toList(),
                "producers", active.stream().map(ProducerState::producerId).toList()));
        }
        return found;
    }

    /** Makes a broker the first of a partition's replicas, and so its leader. */
    private static Object lead(Admin admin, JsonNode asked) throws Exception {
        TopicPartition partition = new TopicPartition(name(asked), asked.get("partition").asInt());
        List<Integer> replicas = new ArrayList<>();
        asked.get("replicas").forEach(replica -> replicas.add(replica.asInt()));
        var order = Optional.of(new NewPartitionReassignment(replicas));
        admin.alterPartitionReassignments(Map.of(partition, order)).all().get();
        while (!admin.listPartitionReassignments(Set.of(partition)).reassignments().get().isEmpty()) Thread.sleep(20);
        var failure = admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions().get().get(partition);
        if (failure.isPresent() && !(failure.get() instanceof ElectionNotNeededException)) throw new Exception(failure.get());
        return Map.of();
    }

    private static Object configure(Admin admin, JsonNode asked) throws Exception {
        var type = ConfigResource.Type.valueOf(asked.get("type").asText());
        List<AlterConfigOp> changes = new ArrayList<>();
        strings(asked.get("configs")).forEach((key, value) ->
            changes.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name(asked)), changes)).all().get();
        return Map.of();
    }

    /** From now on a topic is for those alone who have been allowed something. */
    private static Object allow(Admin admin, JsonNode asked) throws Exception {
        var pattern = new ResourcePattern(ResourceType.TOPIC, name(asked), PatternType.LITERAL);
        admin.deleteAcls(List.of(new AclBindingFilter(pattern.toFilter(), filterOf(asked)))).all().get();
        List<AclBinding> bindings = new ArrayList<>();
        asked.get("operations").forEach(operation -> bindings.add(new AclBinding(pattern, new AccessControlEntry(
            principal(asked), "*", AclOperation.valueOf(operation.asText()), AclPermissionType.ALLOW))));
        admin.createAcls(bindings).all().get();
        return Map.of();
    }

    private static org.apache.kafka.common.acl.AccessControlEntryFilter filterOf(JsonNode asked) {
        return new org.apache.kafka.common.acl.AccessControlEntryFilter(
            principal(asked), null, AclOperation.ANY, AclPermissionType.ANY);
    }

    private static String principal(JsonNode asked) {
        return "User:" + asked.get("user").asText();
    }

    /** Without a password the user is no more. */
    private static Object scram(Admin admin, JsonNode asked) throws Exception {
        String user = asked.get("user").asText();
        var mechanism = ScramMechanism.fromMechanismName(asked.get("mechanism").asText());
        admin.alterUserScramCredentials(List.of(asked.has("password")
            ? new UserScramCredentialUpsertion(user, new ScramCredentialInfo(mechanism, 4096), asked.get("password").asText())
            : new UserScramCredentialDeletion(user, mechanism))).all().get();
        return Map.of();
    }

    private static Object quota(Admin admin, JsonNode asked) throws Exception {
        var entity = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, asked.get("client").asText()));
        Double bytes = asked.has("bytesPerSecond") ? asked.get("bytesPerSecond").asDouble() : null;
        var change = new ClientQuotaAlteration.Op("producer_byte_rate", bytes);
        admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(change)))).all().get();
        return Map.of();
    }

    /** Bytes that a topic takes on the disk of its leader, without indexes. */
    private static Object size(Admin admin, JsonNode asked) throws Exception {
        long bytes = 0;
        List<Integer> brokers = admin.describeCluster().nodes().get().stream().map(Node::id).toList();
        for (var folders : admin.describeLogDirs(brokers).allDescriptions().get().values())
            for (var folder : folders.values())
                for (var replica : folder.replicaInfos().entrySet())
                    if (replica.getKey().topic().equals(name(asked))) bytes += replica.getValue().size();
        return bytes;
    }

    private static String name(JsonNode asked) {
        return asked.get("name").asText();
    }

    private static Map<String, String> strings(JsonNode object) {
        Map<String, String> strings = new HashMap<>();
        object.fields().forEachRemaining(field -> strings.put(field.getKey(), field.getValue().asText()));
        return strings;
    }
}
