/** Data streams in the cluster's state, as version 9 keeps them: within a project. */
package auditrelay;

import java.util.Map;
import java.util.Set;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService;
import org.elasticsearch.cluster.metadata.MetadataDataStreamsService;
import org.elasticsearch.common.settings.Settings;

final class Streams {
    private Streams() {}

    static Map<String, DataStream> in(ClusterState state) {
        return state.projectState().metadata().dataStreams();
    }

    static void requireTemplate(String name, ClusterState state) {
        MetadataCreateDataStreamService.lookupTemplateForDataStream(name, state.projectState().metadata());
    }

    static ClusterState without(Set<DataStream> doomed, ClusterState state, Settings settings) {
        return MetadataDataStreamsService.deleteDataStreams(state.projectState(), doomed, settings);
    }
}
