package sdks;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.nio.charset.StandardCharsets;
import org.hyperledger.fabric.client.Commit;
import org.hyperledger.fabric.client.EndorseException;
import org.hyperledger.fabric.client.Proposal;
import org.hyperledger.fabric.client.Transaction;
import org.hyperledger.fabric.client.Status;

/** What a client promises about transactions. */
final class Transactions {
    private Transactions() {}

    static void submitAndEvaluate(final Session s) throws Exception {
        s.contract.submitTransaction("put", s.prefix + "a", "1");
        s.expect("1", "get", s.prefix + "a");
    }

    static void refusal(final Session s) throws Exception {
        try {
            s.contract.submitTransaction("fail", "as asked");
        } catch (EndorseException refused) {
            boolean told = refused.getDetails().stream()
                    .anyMatch(detail -> !detail.getAddress().isEmpty()
                            && !detail.getMspId().isEmpty()
                            && detail.getMessage().contains("refused: as asked"));
            Session.check(told, "without details: " + refused);
            return;
        }
        throw new IllegalStateException("it was not refused");
    }

    static void severalKeys(final Session s) throws Exception {
        String key = s.prefix + "b";
        s.contract.submitTransaction("putAll", key + "1", "1", key + "2", "2", key + "3", "3");
        s.expect("[\"1\",\"\",\"3\"]", "getAll", key + "1", s.prefix + "none", key + "3");
    }

    private static final Pattern PAGE = Pattern.compile("\\{\"keys\":\\[(.*)],\"bookmark\":\"(.*)\"}");

    static void pagesAndHistory(final Session s) throws Exception {
        List<String> seen = new ArrayList<>();
        String bookmark = "";
        for (int i = 0; i < 3; i++) {
            byte[] answer = s.contract.evaluateTransaction("page", s.prefix + "b", s.prefix + "c", "2", bookmark);
            Matcher page = PAGE.matcher(new String(answer, StandardCharsets.UTF_8));
            Session.check(page.matches(), "no page");
            if (!page.group(1).isEmpty()) {
                seen.addAll(List.of(page.group(1).split(",")));
            }
            bookmark = page.group(2);
            if (bookmark.isEmpty()) {
                break;
            }
        }
        Session.check(seen.size() == 3, "pages had " + seen);
        s.contract.submitTransaction("put", s.prefix + "a", "2");
        s.expect("[\"2\",\"1\"]", "history", s.prefix + "a");
    }

    static void privateData(final Session s) throws Exception {
        String collection = "_implicit_org_" + s.mspId;
        s.contract
                .newProposal("putPrivate")
                .addArguments(collection, s.prefix)
                .putTransient("value", "hidden")
                .setEndorsingOrganizations(s.mspId)
                .build()
                .endorse()
                .submit();
        s.expect("hidden", "getPrivate", collection, s.prefix);
    }

    /** Every message goes to bytes and back, and its digest is signed apart. */
    static void offline(final Session s) throws Exception {
        Proposal unsigned = s.contract.newProposal("put").addArguments(s.prefix + "o", "1").build();
        Proposal proposal = s.gateway.newSignedProposal(unsigned.getBytes(), s.signer.sign(unsigned.getDigest()));
        Transaction endorsed = proposal.endorse();
        Transaction transaction =
                s.gateway.newSignedTransaction(endorsed.getBytes(), s.signer.sign(endorsed.getDigest()));
        Commit ordered = transaction.submitAsync();
        Commit commit = s.gateway.newSignedCommit(ordered.getBytes(), s.signer.sign(ordered.getDigest()));
        Status status = commit.getStatus();
        Session.check(
                status.isSuccessful() && status.getTransactionId().equals(proposal.getTransactionId()),
                "status " + status.getCode());
        s.expect("1", "get", s.prefix + "o");
    }
}
