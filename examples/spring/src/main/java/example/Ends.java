// Follows Vestibule's live stream of ends, so that JWT access tokens are refused before they expire (docs/edge.md).
package example;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.stereotype.Component;

@Component
class Ends {
    /** Longer than a token lives (5 minutes at most) and a clock differs. */
    private static final Duration KEEP = Duration.ofMinutes(15);
    /** A comment comes every 15 seconds; after so long without one the stream is not trusted. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private record Epoch(Instant at, long epoch) {}

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final HttpRequest.Builder request;
    private final Map<String, Epoch> epochs = new ConcurrentHashMap<>();
    private final Map<String, Instant> gone = new ConcurrentHashMap<>(); // ids of users and sessions
    private volatile boolean current;
    private volatile Instant lastByte = Instant.EPOCH;
    private volatile InputStream open;
    // Event ids are times in microseconds. The first connection asks for those of KEEP ago: an end may be older than this process.
    private volatile String lastId = Instant.now().minus(KEEP).toEpochMilli() + "000";

    Ends(@Value("${issuer}") String issuer,
            @Value("${spring.security.oauth2.client.registration.vestibule.client-id}") String id,
            @Value("${spring.security.oauth2.client.registration.vestibule.client-secret}") String secret) {
        String basic = Base64.getEncoder().encodeToString((id + ":" + secret).getBytes(StandardCharsets.UTF_8));
        request = HttpRequest.newBuilder(URI.create(issuer + "/api/events/stream")).header("Authorization", "Basic " + basic);
        start("ends", this::follow);
        start("ends-watch", this::watch);
    }

    /** Trusted from the comment `: current` on, which follows the last of the ends that were missed, while it is not silent. */
    boolean fresh() {
        return current && lastByte.plus(SILENCE).isAfter(Instant.now());
    }

    boolean ended(String sub, String sid, long epoch) {
        Epoch last = epochs.get(sub);
        return last != null && last.epoch() > epoch || gone.containsKey(sub) || sid != null && gone.containsKey(sid);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void follow() {
        while (true) {
            try {
                listen();
            } catch (IOException | RuntimeException error) {
                System.err.println("the stream of ends: " + error.getMessage());
            } catch (InterruptedException stopped) {
                return;
            }
            current = false;
            pause(1_000);
        }
    }

    private void listen() throws IOException, InterruptedException {
        lastByte = Instant.now();
        var answer = http.send(request.copy().header("Last-Event-ID", lastId).timeout(SILENCE).build(), BodyHandlers.ofInputStream());
        open = answer.body();
        try (var lines = new BufferedReader(new InputStreamReader(open, StandardCharsets.UTF_8))) {
            if (answer.statusCode() != 200) {
                throw new IOException("it answered " + answer.statusCode());
            }
            for (String line; (line = lines.readLine()) != null;) {
                lastByte = Instant.now();
                if (line.equals(": current")) {
                    current = true;
                } else if (line.startsWith("id:")) {
                    lastId = line.substring(3).strip();
                } else if (line.startsWith("data:")) {
                    take(JsonParserFactory.getJsonParser().parseMap(line.substring(5)));
                }
            }
        }
    }

    /** Closes a connection that is silent: reading from it would wait for good. */
    private void watch() {
        while (true) {
            pause(5_000);
            if (open != null && lastByte.plus(SILENCE).isBefore(Instant.now())) {
                try {
                    open.close();
                } catch (IOException closed) {
                    // It is closed already.
                }
            }
        }
    }

    /** An end is told at least once: taking it twice changes nothing. */
    private void take(Map<String, Object> event) {
        Instant now = Instant.now();
        Map<?, ?> data = event.get("data") instanceof Map<?, ?> members ? members : Map.of();
        String user = String.valueOf(event.get("user_id"));
        if ("access_ended".equals(event.get("kind")) && data.get("epoch") instanceof Number epoch) {
            // The highest: an older end may come again, or late.
            epochs.merge(user, new Epoch(now, epoch.longValue()), (a, b) -> new Epoch(now, Math.max(a.epoch(), b.epoch())));
        } else if ("user_deleted".equals(event.get("kind"))) { // a deactivation comes with access_ended, and may be taken back
            gone.put(user, now);
        }
        if (data.get("sessions") instanceof List<?> sessions) {
            sessions.forEach(session -> gone.put(String.valueOf(session), now));
        } else if (data.get("session") instanceof String session) {
            gone.put(session, now);
        }
        epochs.values().removeIf(epoch -> epoch.at().plus(KEEP).isBefore(now));
        gone.values().removeIf(at -> at.plus(KEEP).isBefore(now));
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
