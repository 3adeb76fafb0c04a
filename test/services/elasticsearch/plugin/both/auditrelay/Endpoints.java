/**
 * The REST endpoints that the distribution on Maven Central leaves out and the tests need: `GET /` and data streams.
 * They only translate: what creates, lists and removes a data stream is the server itself.
 */
package auditrelay;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.elasticsearch.Build;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.admin.cluster.health.ClusterHealthRequest;
import org.elasticsearch.action.admin.cluster.health.TransportClusterHealthAction;
import org.elasticsearch.action.admin.indices.create.AutoCreateAction;
import org.elasticsearch.action.admin.indices.create.CreateIndexRequest;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ClusterStateUpdateTask;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.IndexNotFoundException;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestRequest.Method;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

final class Endpoints {
    private final ClusterService cluster;

    Endpoints(ClusterService cluster) {
        this.cluster = cluster;
    }

    List<RestHandler> all() {
        return List.of(
            endpoint(Method.GET, "/", (request, client, channel) -> root(client, channel)),
            endpoint(Method.HEAD, "/", (request, client, channel) -> root(client, channel)),
            endpoint(Method.GET, "/_data_stream/{name}", (request, client, channel) -> list(request, channel)),
            endpoint(Method.PUT, "/_data_stream/{name}", this::create),
            endpoint(Method.DELETE, "/_data_stream/{name}", (request, client, channel) -> delete(request, channel))
        );
    }

    private interface Answer {
        void to(RestRequest request, NodeClient client, RestChannel channel) throws Exception;
    }

    private static RestHandler endpoint(Method method, String path, Answer answer) {
        return new BaseRestHandler() {
            @Override
            public String getName() {
                return "fixture " + method + " " + path;
            }

            @Override
            public List<Route> routes() {
                return List.of(new Route(method, path));
            }

            @Override
            protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
                // A parameter that nobody has read is an error to the server.
                List.of("name", "expand_wildcards", "timeout", "master_timeout").forEach(request::param);
                return channel -> answer.to(request, client, channel);
            }
        };
    }

    /** Asks for the health only because that takes the privilege `monitor`, as the server's own answer here does. */
    private void root(NodeClient client, RestChannel channel) {
        client.execute(
            TransportClusterHealthAction.TYPE,
            new ClusterHealthRequest(TimeValue.timeValueSeconds(30)),
            ActionListener.wrap(health -> identity(channel), e -> fail(channel, e))
        );
    }

    private void identity(RestChannel channel) throws Exception {
        ClusterState state = cluster.state();
        XContentBuilder body = channel.newBuilder().startObject();
        body.field("name", cluster.localNode().getName());
        body.field("cluster_name", state.getClusterName().value());
        body.field("cluster_uuid", state.metadata().clusterUUID());
        body.startObject("version");
        body.field("number", Build.current().version());
        body.field("build_flavor", "default");
        body.endObject();
        body.field("tagline", "You Know, for Search");
        channel.sendResponse(new RestResponse(RestStatus.OK, body.endObject()));
    }

    private void create(RestRequest request, NodeClient client, RestChannel channel) {
        String name = request.param("name");
        Streams.requireTemplate(name, cluster.state());
        CreateIndexRequest order = new CreateIndexRequest(name);
        client.execute(
            AutoCreateAction.INSTANCE, order, ActionListener.wrap(done -> acknowledge(channel), e -> fail(channel, e))
        );
    }

    private void delete(RestRequest request, RestChannel channel) {
        HashSet<DataStream> doomed = new HashSet<>(matching(request.param("name")));
        cluster.submitUnbatchedStateUpdateTask("fixture delete", new ClusterStateUpdateTask() {
            @Override
            public ClusterState execute(ClusterState state) {
                return Streams.without(doomed, state, cluster.getSettings());
            }

            @Override
            public void onFailure(Exception e) {
                fail(channel, e);
            }

            @Override
            public void clusterStateProcessed(ClusterState before, ClusterState after) {
                acknowledge(channel);
            }
        });
    }

    private void list(RestRequest request, RestChannel channel) throws Exception {
        XContentBuilder body = channel.newBuilder().startObject().startArray("data_streams");
        for (DataStream stream : matching(request.param("name"))) {
            body.startObject().field("name", stream.getName());
            body.startObject("timestamp_field").field("name", "@timestamp").endObject();
            body.startArray("indices");
            for (var index : stream.getIndices()) {
                body.startObject().field("index_name", index.getName()).field("index_uuid", index.getUUID()).endObject();
            }
            body.endArray().field("generation", stream.getGeneration()).field("status", "GREEN").endObject();
        }
        channel.sendResponse(new RestResponse(RestStatus.OK, body.endArray().endObject()));
    }

    /** As the server does it: a plain name must be there, a pattern may match nothing. */
    private List<DataStream> matching(String name) {
        var found = new ArrayList<DataStream>();
        Streams.in(cluster.state()).forEach((each, stream) -> {
            if (Regex.simpleMatch(name, each)) found.add(stream);
        });
        if (found.isEmpty() && name.indexOf('*') < 0) throw new IndexNotFoundException(name);
        return found;
    }

    private static void acknowledge(RestChannel channel) {
        try {
            var body = channel.newBuilder().startObject().field("acknowledged", true).endObject();
            channel.sendResponse(new RestResponse(RestStatus.OK, body));
        } catch (Exception e) {
            fail(channel, e);
        }
    }

    private static void fail(RestChannel channel, Exception cause) {
        try {
            channel.sendResponse(new RestResponse(channel, cause));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
