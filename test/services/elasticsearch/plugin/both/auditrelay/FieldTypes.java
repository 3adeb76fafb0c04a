/**
 * Stand-ins for field types of modules that are not in this distribution, so that templates which name them can be
 * installed. Each is the nearest type of the server itself; a constant that another value contradicts is not refused.
 */
package auditrelay;

import java.util.Map;
import org.elasticsearch.index.mapper.KeywordFieldMapper;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.index.mapper.TextFieldMapper;
import org.elasticsearch.plugins.MapperPlugin;

interface FieldTypes extends MapperPlugin {
    @Override
    default Map<String, Mapper.TypeParser> getMappers() {
        return Map.of("match_only_text", TextFieldMapper.PARSER, "constant_keyword", KeywordFieldMapper.PARSER);
    }
}
