package sdks;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.hyperledger.fabric.client.Contract;
import org.hyperledger.fabric.client.Gateway;
import org.hyperledger.fabric.client.Hash;
import org.hyperledger.fabric.client.Network;
import org.hyperledger.fabric.client.identity.Identities;
import org.hyperledger.fabric.client.identity.Signer;
import org.hyperledger.fabric.client.identity.Signers;
import org.hyperledger.fabric.client.identity.X509Identity;

/** One client of one chaincode. Keys begin with the time, so that the client can run twice on a ledger. */
final class Session implements AutoCloseable {
    final String chaincode = System.getenv("CHAINCODE");
    final String mspId = System.getenv("MSP_ID");
    final String prefix = String.valueOf(System.nanoTime());
    final Signer signer;
    final Gateway gateway;
    final Network network;
    final Contract contract;
    private final ManagedChannel channel;

    Session() throws Exception {
        ChannelCredentials tls =
                TlsChannelCredentials.newBuilder().trustManager(file("TLS_ROOT").toFile()).build();
        channel = Grpc.newChannelBuilder(System.getenv("PEER_ADDRESS"), tls).build();
        try (Reader certificate = Files.newBufferedReader(file("CERTIFICATE"));
                Reader key = Files.newBufferedReader(file("PRIVATE_KEY"))) {
            signer = Signers.newPrivateKeySigner(Identities.readPrivateKey(key));
            gateway = Gateway.newInstance()
                    .identity(new X509Identity(mspId, Identities.readX509Certificate(certificate)))
                    .signer(signer)
                    .hash(Hash.SHA256)
                    .connection(channel)
                    .evaluateOptions(options -> options.withDeadlineAfter(30, TimeUnit.SECONDS))
                    .endorseOptions(options -> options.withDeadlineAfter(30, TimeUnit.SECONDS))
                    .blockEventsOptions(options -> options.withDeadlineAfter(30, TimeUnit.SECONDS))
                    .chaincodeEventsOptions(options -> options.withDeadlineAfter(30, TimeUnit.SECONDS))
                    .connect();
        }
        network = gateway.getNetwork(System.getenv("CHANNEL"));
        contract = network.getContract(chaincode);
    }

    private static Path file(final String variable) {
        return Path.of(System.getenv(variable));
    }

    void expect(final String wanted, final String function, final String... args) throws Exception {
        String answer = new String(contract.evaluateTransaction(function, args), StandardCharsets.UTF_8);
        check(answer.equals(wanted), function + " answered " + answer + ", not " + wanted);
    }

    static void check(final boolean kept, final String otherwise) {
        if (!kept) {
            throw new IllegalStateException(otherwise);
        }
    }

    @Override
    public void close() {
        gateway.close();
        channel.shutdownNow();
    }
}
