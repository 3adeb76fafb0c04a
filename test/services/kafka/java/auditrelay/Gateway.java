package auditrelay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.admin.Admin;

/**
 * Kafka's own Java clients for tests in another language: JSON in, JSON out, `POST /<name of an order>` with the
 * brokers' address in `bootstrap`. Prints its port, and ends with its standard input.
 */
public final class Gateway {
    interface Order {
        Object carryOut(Admin admin, JsonNode asked) throws Exception;
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Admin> ADMINS = new ConcurrentHashMap<>();

    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        Orders.all().forEach((name, order) -> server.createContext("/" + name, exchange -> answer(exchange, order)));
        server.start();
        System.out.println("listening on " + server.getAddress().getPort());
        while (System.in.read() != -1) {}
        System.exit(0);
    }

    private static void answer(HttpExchange exchange, Order order) throws IOException {
        int status = 200;
        Object answer;
        try {
            JsonNode asked = JSON.readTree(exchange.getRequestBody());
            Admin admin = ADMINS.computeIfAbsent(asked.get("bootstrap").asText(), Gateway::connect);
            Object done = order.carryOut(admin, asked);
            answer = done == null ? Map.of() : done;
        } catch (Exception failure) {
            Throwable cause = failure instanceof ExecutionException ? failure.getCause() : failure;
            status = 500;
            answer = Map.of("error", cause.toString());
        }
        byte[] body = JSON.writeValueAsBytes(answer);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static Admin connect(String bootstrap) {
        return Admin.create(Map.of("bootstrap.servers", bootstrap, "reconnect.backoff.max.ms", 200));
    }
}
