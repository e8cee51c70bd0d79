// Puts an application on the queue, and takes what became of it from a durable consumer.
//
//     java -cp 'DIR/*' SubmitNats.java nats://127.0.0.1:4222 DIR/queue.nk default A-1 applicant@example.org cv.pdf
//
// It needs Java 17 and io.nats:jnats with what that needs (2.21.1 with
// org.bouncycastle:bcprov-lts8on). JSON is written by hand, and read by patterns that are
// enough for what is printed here: use the library that you have.
import io.nats.client.*;
import io.nats.client.api.*;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.*;
import java.util.regex.*;

public class SubmitNats {
  private static final Pattern SEQUENCE = Pattern.compile("\"sequence\":(\\d+)");
  private static final Pattern STATE = Pattern.compile("\"state\":\"(\\w+)\"");
  private static final Pattern COUNTS = Pattern.compile("\"counts\":\\{([^}]*)\\}");

  public static void main(String[] args) throws Exception {
    String tenant = args[2], application = args[3], email = args[4];
    char[] seed = Files.readString(Path.of(args[1])).trim().toCharArray();
    Options options = new Options.Builder().server(args[0]).authHandler(Nats.staticCredentials(null, seed)).build();
    try (Connection nc = Nats.connect(options)) {
      JetStream js = nc.jetStream();
      List<String> documents = new ArrayList<>();
      for (String name : Arrays.copyOfRange(args, 5, args.length)) {
        byte[] data = Files.readAllBytes(Path.of(name));
        String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
        String where;
        if (data.length <= 256 * 1024) {
          where = "\"data\":\"" + Base64.getEncoder().encodeToString(data) + "\"";
        } else {
          // Too large for a message: into the object store, by the rule of its name,
          // before the submission that names it.
          ObjectStore store = nc.objectStore("DOCUMENTS");
          store.put(ObjectMeta.objectName(tenant + "/" + application + "/" + sha256), new ByteArrayInputStream(data));
          where = "\"object\":true";
        }
        documents.add("{\"name\":" + quoted(Path.of(name).getFileName().toString()) + ",\"size\":" + data.length + ",\"sha256\":\"" + sha256 + "\"," + where + "}");
      }
      String submission = "{\"v\":1,\"tenant\":\"" + tenant + "\",\"application\":\"" + application + "\",\"applicant\":{\"emails\":[" + quoted(email)
          + "]},\"documents\":[" + String.join(",", documents) + "]}";
      // The acknowledgement says that it is on the disk, and its sequence.
      PublishAck ack = js.publish("applications." + tenant + "." + application, submission.getBytes(StandardCharsets.UTF_8));
      System.out.println(application + " is submission " + ack.getSeqno());
      // A durable consumer goes on where it was: after a pause it is told what it missed.
      nc.jetStreamManagement().addOrUpdateConsumer("RESULTS",
          ConsumerConfiguration.builder().durable("example").filterSubject("results." + tenant + ".*").ackPolicy(AckPolicy.Explicit).build());
      ConsumerContext results = nc.getConsumerContext("RESULTS", "example");
      while (true) {
        Message message = results.next(Duration.ofSeconds(30));
        if (message == null) {
          continue;
        }
        String outcome = new String(message.getData(), StandardCharsets.UTF_8);
        message.ackSync(Duration.ofSeconds(5)); // once it is kept
        // Of this submission or a later one; where hosts must be asked, there is one outcome
        // of the documents before.
        Matcher sequence = SEQUENCE.matcher(outcome);
        if (message.getSubject().equals("results." + tenant + "." + application) && sequence.find()
            && Long.parseLong(sequence.group(1)) >= ack.getSeqno() && !outcome.contains("\"phase\":\"documents\"")) {
          // The first state is the application's own; those of the findings' aspects follow.
          System.out.println(application + " is " + first(STATE, outcome));
          System.out.println("  " + first(COUNTS, outcome));
          return;
        }
      }
    }
  }

  private static String first(Pattern pattern, String text) {
    Matcher m = pattern.matcher(text);
    return m.find() ? m.group(1) : "";
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
