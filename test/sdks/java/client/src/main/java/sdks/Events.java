package sdks;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.hyperledger.fabric.client.InMemoryCheckpointer;
import org.hyperledger.fabric.client.Status;
import org.hyperledger.fabric.client.SubmittedTransaction;

/** What a client promises about events. */
final class Events {
    private Events() {}

    /** Submits without waiting for the commit, and tells the block that it is in. */
    private static long put(final Session s, final String key) throws Exception {
        SubmittedTransaction submitted =
                s.contract.newProposal("put").addArguments(key, "event").build().endorse().submitAsync();
        Status status = submitted.getStatus();
        Session.check(status.isSuccessful(), "status " + status.getCode());
        return status.getBlockNumber();
    }

    static void chaincodeEvents(final Session s) throws Exception {
        long first = put(s, s.prefix + "e1");
        put(s, s.prefix + "e2");
        InMemoryCheckpointer checkpointer = new InMemoryCheckpointer();
        for (String wanted : List.of(s.prefix + "e1", s.prefix + "e2")) {
            var request = s.network
                    .newChaincodeEventsRequest(s.chaincode)
                    .startBlock(first)
                    .checkpoint(checkpointer)
                    .build();
            try (var events = request.getEvents()) {
                var event = events.next();
                checkpointer.checkpointChaincodeEvent(event);
                String key = new String(event.getPayload(), StandardCharsets.UTF_8);
                Session.check(key.equals(wanted), "not " + wanted + " but " + key);
            }
        }
    }

    /** Reads the number of the next block of one kind. */
    private interface BlockReader {
        long next(long first, InMemoryCheckpointer checkpointer);
    }

    static void blockEvents(final Session s) throws Exception {
        long first = put(s, s.prefix + "k1");
        long last = put(s, s.prefix + "k2");
        List<BlockReader> readers = List.of(
                (start, from) -> {
                    var request = s.network.newBlockEventsRequest().startBlock(start).checkpoint(from).build();
                    try (var events = request.getEvents()) {
                        return events.next().getHeader().getNumber();
                    }
                },
                (start, from) -> {
                    var request =
                            s.network.newFilteredBlockEventsRequest().startBlock(start).checkpoint(from).build();
                    try (var events = request.getEvents()) {
                        return events.next().getNumber();
                    }
                },
                (start, from) -> {
                    var request =
                            s.network.newBlockAndPrivateDataEventsRequest().startBlock(start).checkpoint(from).build();
                    try (var events = request.getEvents()) {
                        return events.next().getBlock().getHeader().getNumber();
                    }
                });
        for (BlockReader reader : readers) {
            InMemoryCheckpointer checkpointer = new InMemoryCheckpointer();
            for (long number = first; number <= last; number++) {
                long found = reader.next(first, checkpointer);
                Session.check(found == number, "block " + found + ", not " + number);
                checkpointer.checkpointBlock(found);
            }
        }
    }
}
