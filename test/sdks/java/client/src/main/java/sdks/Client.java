package sdks;

import com.google.gson.Gson;
import java.util.LinkedHashMap;
import java.util.Map;

/** Does what the Java SDK of the Fabric Gateway can, and prints one JSON line for each promise that it tried. */
public final class Client {
    private interface Promise {
        void attempt(Session session) throws Exception;
    }

    private Client() {}

    private static Map<String, Promise> promises() {
        Map<String, Promise> promises = new LinkedHashMap<>();
        promises.put("submits, waits for the commit and evaluates", Transactions::submitAndEvaluate);
        promises.put("is told what the chaincode refuses, and by which peer", Transactions::refusal);
        promises.put("writes and reads several keys at once", Transactions::severalKeys);
        promises.put("reads pages and history", Transactions::pagesAndHistory);
        promises.put("keeps private data of its own organisation", Transactions::privateData);
        promises.put("signs offline", Transactions::offline);
        promises.put("reads chaincode events from a checkpoint", Events::chaincodeEvents);
        promises.put("reads block events of all kinds from a checkpoint", Events::blockEvents);
        return promises;
    }

    public static void main(final String[] args) throws Exception {
        try (Session session = new Session()) {
            promises().forEach((name, promise) -> {
                Map<String, String> said = new LinkedHashMap<>();
                said.put("promise", name);
                try {
                    promise.attempt(session);
                } catch (Exception error) {
                    said.put("error", error.toString());
                }
                System.out.println(new Gson().toJson(said));
            });
        }
    }
}
