// A client that does what the Go SDK of the Fabric Gateway can, and prints one JSON line for each promise that it tried.
package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// session is one client of one chaincode. Keys begin with the time, so that the client can run twice on a ledger.
type session struct {
	gateway  *client.Gateway
	network  *client.Network
	contract *client.Contract
	name     string
	sign     identity.Sign
	prefix   string
}

type promise struct {
	name string
	try  func(context.Context, *session) error
}

var promises = []promise{
	{"submits, waits for the commit and evaluates", submitAndEvaluate},
	{"is told what the chaincode refuses, and by which peer", refusal},
	{"writes and reads several keys at once", severalKeys},
	{"reads pages and history", pagesAndHistory},
	{"keeps private data of its own organisation", privateData},
	{"signs offline", offline},
	{"reads chaincode events from a checkpoint", chaincodeEvents},
	{"reads block events of all kinds from a checkpoint", blockEvents},
}

func main() {
	connection, gateway, sign := connect()
	defer connection.Close()
	defer gateway.Close()
	network := gateway.GetNetwork(os.Getenv("CHANNEL"))
	name := os.Getenv("CHAINCODE")
	tried := &session{gateway, network, network.GetContract(name), name, sign, fmt.Sprint(time.Now().UnixNano())}
	output := json.NewEncoder(os.Stdout)
	for _, promise := range promises {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		said := map[string]any{"promise": promise.name}
		if err := promise.try(ctx, tried); err != nil {
			said["error"] = err.Error()
		}
		cancel()
		_ = output.Encode(said)
	}
}

func connect() (*grpc.ClientConn, *client.Gateway, identity.Sign) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read("TLS_ROOT"))
	transport := grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, ""))
	connection, err := grpc.NewClient(os.Getenv("PEER_ADDRESS"), transport)
	must(err)
	certificate, err := identity.CertificateFromPEM(read("CERTIFICATE"))
	must(err)
	id, err := identity.NewX509Identity(os.Getenv("MSP_ID"), certificate)
	must(err)
	key, err := identity.PrivateKeyFromPEM(read("PRIVATE_KEY"))
	must(err)
	sign, err := identity.NewPrivateKeySign(key)
	must(err)
	gateway, err := client.Connect(id, client.WithSign(sign), client.WithHash(hash.SHA256),
		client.WithClientConnection(connection))
	must(err)
	return connection, gateway, sign
}

func read(variable string) []byte {
	content, err := os.ReadFile(os.Getenv(variable))
	must(err)
	return content
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
