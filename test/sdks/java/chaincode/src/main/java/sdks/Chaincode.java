package sdks;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.hyperledger.fabric.metrics.Metrics;
import org.hyperledger.fabric.shim.ChaincodeBase;
import org.hyperledger.fabric.shim.ChaincodeServerProperties;
import org.hyperledger.fabric.shim.ChaincodeStub;
import org.hyperledger.fabric.shim.NettyChaincodeServer;
import org.hyperledger.fabric.shim.ResponseUtils;
import org.hyperledger.fabric.traces.Traces;

/**
 * A chaincode that calls what a Java chaincode can ask of its peer. It listens where CHAINCODE_SERVER_ADDRESS is set, and
 * dials the peer otherwise.
 */
public final class Chaincode extends ChaincodeBase {
    @Override
    public Response init(final ChaincodeStub stub) {
        return ResponseUtils.newSuccessResponse();
    }

    @Override
    public Response invoke(final ChaincodeStub stub) {
        try {
            String result = call(stub, stub.getFunction(), stub.getParameters());
            return ResponseUtils.newSuccessResponse(result.getBytes(StandardCharsets.UTF_8));
        } catch (Exception error) {
            return ResponseUtils.newErrorResponse(error.getMessage());
        }
    }

    private String call(final ChaincodeStub stub, final String function, final List<String> args) throws Exception {
        switch (function) {
            case "put":
                stub.setEvent("put", args.get(0).getBytes(StandardCharsets.UTF_8));
                stub.putStringState(args.get(0), args.get(1));
                return "";
            case "get":
                return stub.getStringState(args.get(0));
            case "fail":
                throw new IllegalStateException("refused: " + args.get(0));
            case "putAll":
                for (int i = 0; i + 1 < args.size(); i += 2) {
                    stub.putStringState(args.get(i), args.get(i + 1));
                }
                return "";
            case "getAll":
                return json(args.stream().map(stub::getStringState).collect(Collectors.toList()));
            case "page":
                return page(stub, args);
            case "history":
                return history(stub, args.get(0));
            case "putPrivate":
                stub.putPrivateData(args.get(0), args.get(1), stub.getTransient().get("value"));
                return "";
            case "getPrivate":
                return stub.getPrivateDataUTF8(args.get(0), args.get(1));
            default:
                throw new IllegalArgumentException("there is no function " + function);
        }
    }

    /** {"keys":[…],"bookmark":"…"} of the keys from args[0] to args[1], args[2] of them, from bookmark args[3]. */
    private String page(final ChaincodeStub stub, final List<String> args) throws Exception {
        List<String> keys = new ArrayList<>();
        int size = Integer.parseInt(args.get(2));
        String bookmark;
        try (var found = stub.getStateByRangeWithPagination(args.get(0), args.get(1), size, args.get(3))) {
            found.forEach(entry -> keys.add(entry.getKey()));
            bookmark = found.getMetadata().getBookmark();
        }
        return "{\"keys\":" + json(keys) + ",\"bookmark\":\"" + bookmark + "\"}";
    }

    /** The values that a key had, newest first. */
    private String history(final ChaincodeStub stub, final String key) throws Exception {
        List<String> values = new ArrayList<>();
        try (var found = stub.getHistoryForKey(key)) {
            found.forEach(entry -> values.add(entry.getStringValue()));
        }
        return json(values);
    }

    private static String json(final List<String> plain) {
        return plain.stream().map(text -> '"' + text + '"').collect(Collectors.joining(",", "[", "]"));
    }

    public static void main(final String[] args) throws Exception {
        String address = System.getenv("CHAINCODE_SERVER_ADDRESS");
        if (address == null) {
            new Chaincode().start(args);
            return;
        }
        String[] parts = address.split(":");
        var properties = new ChaincodeServerProperties();
        properties.setServerAddress(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])));
        properties.setTlsEnabled(false);
        var chaincode = new Chaincode();
        chaincode.initializeLogging();
        chaincode.processEnvironmentOptions();
        var settings = chaincode.getChaincodeConfig();
        Metrics.initialize(settings);
        Traces.initialize(settings);
        new NettyChaincodeServer(chaincode, properties).start();
    }
}
